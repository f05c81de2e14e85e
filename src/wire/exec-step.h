/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

/* At what the command's start failed: the JOBD_STEP of an exit record (record.h). */
typedef enum ExecStep {
        EXEC_STEP_EXEC,
        EXEC_STEP_STREAMS, /* its stdin, stdout and stderr are put in their places */
        EXEC_STEP_CHDIR,
        EXEC_STEP_LIMITS,      /* its caller's, which are to be its own */
        EXEC_STEP_INTERPRETER, /* of the program: its first line names one that does not exist */
        _EXEC_STEP_MAX,
        _EXEC_STEP_INVALID = -1,
} ExecStep;

static inline const char *exec_step_to_string(ExecStep step) {
        switch (step) {
        case EXEC_STEP_STREAMS:
                return "streams";
        case EXEC_STEP_CHDIR:
                return "chdir";
        case EXEC_STEP_LIMITS:
                return "limits";
        case EXEC_STEP_INTERPRETER:
                return "interpreter";
        default:
                return "exec";
        }
}

/* _EXEC_STEP_INVALID: no such word. */
static inline ExecStep exec_step_from_string(const char *word) {
        for (int step = 0; step < _EXEC_STEP_MAX; step++)
                if (strcmp(word, exec_step_to_string((ExecStep) step)) == 0)
                        return (ExecStep) step;
        return _EXEC_STEP_INVALID;
}
