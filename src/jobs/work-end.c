/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/user.h"
#include "jobs/places.h"
#include "jobs/save.h"
#include "jobs/settle.h"
#include "jobs/work-internal.h"

/* Whether the command may have run. Without an exit record, only a jobd-exec that did not come so far says
 * no. */
static bool has_run(const Work *work) {
        return work->exit.known ? !work->exit.cancelled && work->exit.exec_errno == 0 : work->greeted != 0;
}

void work_has_started(Work *work) {
        Job *job = work->job;

        if (work->started)
                return;
        work->started = jobs_now();
        if (job->state != JOB_NOT_STARTED)
                return;
        (void) job_set_state(job, JOB_RUNNING, work->started);
        jobs_save(work->jobs, job);
}

/* Without a control socket nobody will say more; but of one that could not execute anything, systemd may
 * tell only now that it was active. */
void work_check_started(Work *work) {
        if (work->unit_runs && !work->channel && !work->hung_up && work->unreached == 0)
                work_has_started(work);
}

/* Whether somebody else's stop ended it: not if the command had ended before; jobd-exec knows that best. Of
 * a unit that is gone it is the only one to ask. */
static bool was_stopped_by_others(const Work *work) {
        if (work->exit.known && !work->exit.cancelled && !work->exit.stopped)
                return false;
        return work->unit_stopped || work->job->stop_requested ||
               (work->exit.stopped && !work->unit_end.known);
}

static void settle_stop(Work *work) {
        Job *job = work->job;

        if (job->stop_requested && job->stopped_by != UID_INVALID)
                return; /* jobd was asked */
        if (!was_stopped_by_others(work))
                job_forget_stop(job);
        else if (!job->stop_requested)
                job_ask_stop(job, UID_INVALID, jobs_now());
}

/* An earlier jobd was killed between its call to systemd and the answer, and there is no trace of the
 * job. */
static bool never_arrived(const Work *work) {
        return work->in_doubt && !work->start_error && !work->unit_end.known && !work->exit.known &&
               work->job->main_pid == 0;
}

void work_finish(Work *work) {
        Jobs *jobs = work->jobs;
        Job *job = work->job;
        OutcomeInput input = { .exit = work->exit,
                               .unit = work->unit_end,
                               .start_error = work->start_error };

        if (never_arrived(work)) {
                job_map_remove(jobs->works, job->id);
                places_wait_again(jobs, job);
                jobs->events->ended(jobs->userdata);
                return;
        }
        store_remove_spec(&jobs->store, job->id);
        if (has_run(work))
                job_set_begun(job, work->started   ? work->started
                                   : work->greeted ? work->greeted
                                                   : jobs_now());
        settle_stop(work);
        jobs_settle(jobs, job, &input, g_steal_pointer(&work->unit));
        /* frees the work */
        job_map_remove(jobs->works, job->id);
        jobs->events->ended(jobs->userdata);
}
