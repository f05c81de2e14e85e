/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/state.h"

static const char *const state_words[_JOB_STATE_MAX] = {
        [JOB_NOT_STARTED] = "NotStarted", [JOB_RUNNING] = "Running",     [JOB_BLOCKED] = "Blocked",
        [JOB_SUSPENDING] = "Suspending",  [JOB_SUSPENDED] = "Suspended", [JOB_DISCONNECTED] = "Disconnected",
        [JOB_STOPPING] = "Stopping",      [JOB_COMPLETED] = "Completed", [JOB_FAILED] = "Failed",
        [JOB_STOPPED] = "Stopped",
};

static const char *const result_words[_JOB_RESULT_MAX] = {
        [JOB_RESULT_NONE] = "",
        [JOB_RESULT_SUCCESS] = "success",
        [JOB_RESULT_EXIT_CODE] = "exit-code",
        [JOB_RESULT_SIGNAL] = "signal",
        [JOB_RESULT_CORE_DUMP] = "core-dump",
        [JOB_RESULT_TIMEOUT] = "timeout",
        [JOB_RESULT_OOM_KILL] = "oom-kill",
        [JOB_RESULT_EXEC_FAILED] = "exec-failed",
        [JOB_RESULT_CHDIR_FAILED] = "chdir-failed",
        [JOB_RESULT_STOPPED] = "stopped",
        [JOB_RESULT_START_FAILED] = "start-failed",
        [JOB_RESULT_DEPENDENCY] = "dependency",
        [JOB_RESULT_LOST] = "lost",
};

static int find_word(const char *const *words, int n, const char *word) {
        for (int i = 0; i < n; i++)
                if (strcmp(words[i], word) == 0)
                        return i;
        return -1;
}

const char *job_state_to_string(JobState state) {
        return state_words[state];
}

JobState job_state_from_string(const char *word) {
        return find_word(state_words, _JOB_STATE_MAX, word);
}

const char *job_result_to_string(JobResult result) {
        return result_words[result];
}

JobResult job_result_from_string(const char *word) {
        return find_word(result_words, _JOB_RESULT_MAX, word);
}

bool job_state_is_finished(JobState state) {
        return state == JOB_COMPLETED || state == JOB_FAILED || state == JOB_STOPPED;
}
