/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/error.h"
#include "jobs/work-internal.h"

Work *work_find(const Jobs *jobs, JobId id) {
        return job_map_get(jobs->works, id);
}

void work_free(Work *work) {
        tally_subtract(work->jobs->n_running, work->job->owner, 1);
        collector_remove(work->jobs->collector, work->job->id);
        g_clear_pointer(&work->unit, unit_release);
        g_clear_pointer(&work->channel, channel_free);
        fd_clear(&work->stored);
        g_free(work->start_error);
        g_free(work);
}

Work *work_new(Jobs *jobs, Job *job) {
        Work *work = g_new0(Work, 1);

        work->jobs = jobs;
        work->job = job;
        work->stored = -1;
        work->adopted = true;
        job_map_set(jobs->works, job->id, work);
        tally_add(jobs->n_running, job->owner, 1);
        return work;
}

bool work_is_over(const Work *work) {
        return work->unit_over || work->exit.known || work->command_over;
}

int work_stop(Work *work) {
        /* of one that is not adopted yet: it is then */
        return work->unit ? unit_stop(work->unit) : 0;
}

int work_kill(Work *work, int signo, bool all) {
        int r = !work->channel ? -EPIPE
                : all          ? channel_kill_all(work->channel, signo)
                               : channel_kill(work->channel, signo);

        if (r == -EPIPE && work->unreached < 0)
                return work->unreached;
        /* jobd-exec has ended, and what does not heed TERM holds the unit until its stop time-out */
        if (r == -EPIPE && all && work->unit)
                r = unit_kill(work->unit, signo);
        return r == -EPIPE ? -JOBD_E_NOT_RUNNING : r;
}
