/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/kind.h"
#include "jobs/work.h"

/* A command in a unit of its own. */

static JobStage stage(const Jobs *jobs, const Job *job) {
        const Work *work = work_find(jobs, job->id);

        if (!work)
                return JOB_STAGE_WAITS;
        return work_is_over(work) ? JOB_STAGE_OVER : JOB_STAGE_STARTED;
}

static int stop(Jobs *jobs, Job *job) {
        Work *work = work_find(jobs, job->id);

        return work ? work_stop(work) : 0;
}

static int send_signal(Jobs *jobs, Job *job, int signo, bool all) {
        return work_kill(work_find(jobs, job->id), signo, all);
}

static int freeze(Jobs *jobs, Job *job, bool to_freeze) {
        return work_freeze(work_find(jobs, job->id), to_freeze);
}

const JobKind job_kind_background = {
        .word = "BackgroundJob",
        .start = work_start,
        .stage = stage,
        .stop = stop,
        .kill = send_signal,
        .freeze = freeze,
        .adopt = work_adopt,
};
