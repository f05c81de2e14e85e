/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

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
        if (strcmp(job->state, "Failed") == 0)
                tell("job %s: Failed: %s", label, job->reason);
}

int outcome_status(const Job *job) {
        if (strcmp(job->result, "timeout") == 0)
                return STATUS_TIMED_OUT;
        if (job->exit_signal > 0)
                return 128 + job->exit_signal;
        if (job->exit_code >= 0)
                return job->exit_code;
        if (strcmp(job->result, "exec-failed") == 0)
                return job->exec_errno == ENOENT ? STATUS_NO_PROGRAM : STATUS_CANNOT_EXECUTE;
        if (strcmp(job->result, "chdir-failed") == 0)
                return STATUS_CANNOT_EXECUTE;
        return strcmp(job->state, "Completed") == 0 ? STATUS_OK : STATUS_FAILURE;
}
