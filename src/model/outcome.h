/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/request.h"
#include "model/state.h"
#include "wire/exec-step.h"

/*
 * How a job ended: a pure function of what is known of it. What decides, in this order: the unit's Result if
 * it is timeout, oom-kill, watchdog or a resource failure; a stop that was asked for; the exit record of
 * jobd-exec; the unit's ExecMain*; nothing at all is "lost", never success.
 */

/* What jobd-exec's exit record says. */
typedef struct ExitStatus {
        bool known;
        bool cancelled;  /* a TERM came before the fork */
        bool stopped;    /* systemd had begun to stop the unit when the command ended */
        int wait_status; /* as of waitpid(2) */
        int exec_errno;  /* > 0: the command could not be executed */
        ExecStep step;   /* at what that failed */
} ExitStatus;

/* What systemd says of the unit's end. */
typedef struct UnitEnd {
        bool known;
        char result[32]; /* Result= of the service */
        int main_code;   /* CLD_*: ExecMainCode; 0: it never ran */
        int main_status; /* exit status or signal */
        bool stopped;    /* somebody had the unit stopped, or restarted, while its main process ran */
} UnitEnd;

typedef struct OutcomeInput {
        ExitStatus exit;
        UnitEnd unit;
        bool stop_requested;
        uint64_t ran_usec;       /* from its begin to the stop request, or to the end without one */
        const char *stopped_by;  /* a user's name, for the reason; NULL: systemd was asked, not jobd */
        bool other_boot;         /* it was started before the machine's present boot */
        bool going_down;         /* the machine is being shut down */
        const char *start_error; /* the unit could not be started: systemd's words; NULL if it was */
} OutcomeInput;

typedef struct Outcome {
        JobState state;
        JobResult result;
        char *reason;  /* "" for none */
        int exit_code; /* −1 for none */
        int exit_signal;
        int exec_errno; /* why it could not be executed, or its directory not be entered; 0 for none */
} Outcome;

void outcome_clear(Outcome *outcome);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

void outcome_decide(const OutcomeInput *input, const JobRequest *request, Outcome *ret);

/* "TERM", "RTMIN+3", or the number. For the caller to free. */
char *signal_dup_name(int signo);
