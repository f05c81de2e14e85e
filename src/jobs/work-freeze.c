/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/log.h"
#include "jobs/save.h"
#include "jobs/work-internal.h"

/*
 * A job is frozen and thawed. jobd-exec is frozen along with its command: nothing is concluded from its
 * silence, and what was in flight comes when it is thawed.
 *
 * One question at a time: what was asked for meanwhile is asked of systemd when it has answered. A job whose
 * unit is not known yet is frozen when it is.
 */

int work_freeze(Work *work, bool freeze) {
        int r;

        work->freeze_wanted = freeze;
        if (!work->unit || work->freezer_asked)
                return 0;
        r = unit_freeze(work->unit, freeze);
        work->freezer_asked = r >= 0;
        return r;
}

static void has_frozen(Work *work, const char *refused) {
        Job *job = work->job;

        if (job->state == JOB_SUSPENDED && refused) {
                g_autofree char *why = g_strdup_printf("could not be resumed: %s", refused);

                job_refuse(job, why);
        } else if (job->state == JOB_SUSPENDING)
                (void) job_set_state_because(job, JOB_SUSPENDED, jobs_now(), job->reason);
        else if (job->state == JOB_RUNNING)
                (void) job_set_state_because(job, JOB_SUSPENDED, jobs_now(), "frozen with systemctl");
}

static void has_thawed(Work *work, const char *refused) {
        g_autofree char *why = refused ? g_strdup_printf("could not be suspended: %s", refused) : NULL;
        Job *job = work->job;

        if (job->state == JOB_SUSPENDED || (job->state == JOB_SUSPENDING && !work->freeze_wanted))
                (void) job_set_state_because(job, JOB_RUNNING, jobs_now(), why);
}

void work_freezer_changed(bool frozen, const char *refused, void *userdata) {
        Work *work = userdata;
        JobState before = work->job->state;
        int r;

        /* by somebody else; but one that an earlier jobd was to freeze is still to be frozen */
        if (refused || (!work->freezer_asked && before != JOB_SUSPENDING))
                work->freeze_wanted = frozen;
        work->freezer_asked = false;
        if (frozen)
                has_frozen(work, refused);
        else
                has_thawed(work, refused);
        if (work->job->state != before || refused)
                jobs_save(work->jobs, work->job);
        if (work->freeze_wanted == frozen)
                return;
        r = work_freeze(work, work->freeze_wanted);
        if (r < 0)
                log_job(LOG_ERR, work->job->id, r, "systemd cannot be asked to %s it",
                        work->freeze_wanted ? "freeze" : "thaw");
}
