/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/save.h"

uint64_t jobs_now(void) {
        return (uint64_t) g_get_real_time();
}

int jobs_try_save(Jobs *jobs, Job *job) {
        return unsaved_save(jobs->unsaved, job);
}

void jobs_save(Jobs *jobs, Job *job) {
        (void) jobs_try_save(jobs, job);
}

void jobs_tell_damage(Jobs *jobs, Job *job) {
        uint64_t bytes = output_state_take_found(&job->output);

        if (bytes == 0)
                return;
        audit_damaged(jobs->audit, job, bytes);
        job_output_changed(job);
        jobs_save(jobs, job);
}
