/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/settle.h"

#include <string.h>

#include "base/log.h"
#include "base/user.h"
#include "jobs/places.h"
#include "jobs/save.h"
#include "output/meeting.h"

static void audit_end(Jobs *jobs, const Job *job) {
        const Job foreseen = job_foreseen(job);

        audit_job_changed(jobs->audit, &foreseen, job->state);
}

void jobs_settle_as(Jobs *jobs, Job *job, const Outcome *outcome, uint64_t at, Unit *unit) {
        int r = job_settle(job, outcome, at);

        if (r < 0) {
                log_job(LOG_ERR, job->id, r, "cannot go from %s to %s", job_state_to_string(job->state),
                        job_state_to_string(outcome->state));
                g_clear_pointer(&unit, unit_release);
                return;
        }
        /* the trail first: killed in between, the next jobd finds the job unfinished, and writes it once
         * more */
        audit_end(jobs, job);
        if (job->parent)
                places_give_soon(jobs, job->parent);
        endings_add(jobs->endings, job, unit);
        jobs_save(jobs, job);
}

void jobs_settle(Jobs *jobs, Job *job, const OutcomeInput *known, Unit *unit) {
        g_autofree char *stopper = job->stop_requested && job->stopped_by != UID_INVALID
                                                   ? user_dup_name(job->stopped_by)
                                                   : NULL;
        uint64_t now = jobs_now(), stop = job->stop_requested ? job->stop_requested : now;
        g_auto(Outcome) outcome = {};
        OutcomeInput input = *known;

        meeting_remove(jobs->places.meeting_dir, job->uuid);
        input.stop_requested = job->stop_requested != 0;
        input.stopped_by = stopper;
        input.ran_usec = job->begun && stop > job->begun ? stop - job->begun : 0;
        input.other_boot = strcmp(job->boot_id, jobs->places.boot_id) != 0;
        input.going_down = unit_driver_is_going_down(jobs->units);
        outcome_decide(&input, job->request, &outcome);
        /* whoever has completed has work, though nobody is left who saw it begin */
        if (job->state == JOB_NOT_STARTED && outcome.state == JOB_COMPLETED)
                (void) job_set_state(job, JOB_RUNNING, now);
        jobs_settle_as(jobs, job, &outcome, now, unit);
}

void jobs_settle_unstarted(Jobs *jobs, Job *job, const char *start_error) {
        store_remove_spec(&jobs->store, job->id);
        jobs_settle(jobs, job,
                    &(OutcomeInput){ .start_error = start_error ? start_error : "it was stopped" }, NULL);
}
