/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * The states and results of a job, and their words on the bus and in files.
 */

typedef enum JobState {
        JOB_NOT_STARTED,
        JOB_RUNNING,
        JOB_BLOCKED,
        JOB_SUSPENDING,
        JOB_SUSPENDED,
        JOB_DISCONNECTED,
        JOB_STOPPING,
        JOB_COMPLETED,
        JOB_FAILED,
        JOB_STOPPED,
        _JOB_STATE_MAX,
        _JOB_STATE_INVALID = -1,
} JobState;

/* _INVALID for a word that is none. */
const char *job_state_to_string(JobState state);
JobState job_state_from_string(const char *word);

/* A finished state is final. */
bool job_state_is_finished(JobState state);

typedef enum JobResult {
        JOB_RESULT_NONE, /* not finished: the empty word */
        JOB_RESULT_SUCCESS,
        JOB_RESULT_EXIT_CODE,
        JOB_RESULT_SIGNAL,
        JOB_RESULT_CORE_DUMP,
        JOB_RESULT_TIMEOUT,
        JOB_RESULT_OOM_KILL,
        JOB_RESULT_EXEC_FAILED,
        JOB_RESULT_CHDIR_FAILED,
        JOB_RESULT_STOPPED,
        JOB_RESULT_START_FAILED,
        JOB_RESULT_DEPENDENCY,
        JOB_RESULT_LOST,
        _JOB_RESULT_MAX,
        _JOB_RESULT_INVALID = -1,
} JobResult;

const char *job_result_to_string(JobResult result);
JobResult job_result_from_string(const char *word);
