/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/state.h"
#include "client/report.h"
#include "ctl/outcome.h"

void outcome_tell_missing(const Job *job) {
        g_autofree char *label = job_label(job);

        if (job->output_dropped > 0)
                tell("job %s: %" G_GUINT64_FORMAT
                     " bytes of output were dropped unreceived: it reached its output limit",
                     label, job->output_dropped);
        if (job->output_lost > 0)
                tell("job %s: %" G_GUINT64_FORMAT " bytes of output were lost", label, job->output_lost);
}

void outcome_tell(const Job *job) {
        g_autofree char *label = job_label(job);

        outcome_tell_missing(job);
        if (job_state_from_string(job->state) == JOB_FAILED)
                tell("job %s: Failed: %s", label, job->reason);
}

int outcome_status(const Job *job) {
        JobResult result = job_result_from_string(job->result);

        if (result == JOB_RESULT_TIMEOUT)
                return STATUS_TIMED_OUT;
        if (job->exit_signal > 0)
                return 128 + job->exit_signal;
        if (job->exit_code >= 0)
                return job->exit_code;
        if (result == JOB_RESULT_EXEC_FAILED)
                return job->exec_errno == ENOENT ? STATUS_NO_PROGRAM : STATUS_CANNOT_EXECUTE;
        if (result == JOB_RESULT_CHDIR_FAILED)
                return STATUS_CANNOT_EXECUTE;
        return job_state_from_string(job->state) == JOB_COMPLETED ? STATUS_OK : STATUS_FAILURE;
}
