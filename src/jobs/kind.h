/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/* Of a job that has not ended. */
typedef enum JobStage {
        JOB_STAGE_WAITS,
        JOB_STAGE_STARTED,
        JOB_STAGE_OVER, /* its end is its own, and about to be told */
} JobStage;

/* What is done with a job in another way for each kind of job. */
typedef struct JobKind {
        const char *word; /* JobType on the bus */
        /* It is its turn. `stored_spec`: of the record, or NULL. −errno: it has not started, and may be
         * started again. */
        int (*start)(Jobs *jobs, Job *job, GBytes *stored_spec);
        JobStage (*stage)(const Jobs *jobs, const Job *job);
        /* Without effect while it waits. May be said again. */
        int (*stop)(Jobs *jobs, Job *job);
        /* It has been started. To the command, or to all of the job's processes. */
        int (*kill)(Jobs *jobs, Job *job, int signo, bool all);
        /* It has been started. To freeze, or to thaw; without effect on one that is in that state. */
        int (*freeze)(Jobs *jobs, Job *job, bool freeze);
        /* An earlier jobd started it, or, in doubt, may have. */
        void (*adopt)(Jobs *jobs, Job *job, bool in_doubt);
} JobKind;

/* jobs/kinds */
extern const JobKind job_kind_background;

static inline const JobKind *job_kind(const Job *job) {
        return &job_kind_background;
}
