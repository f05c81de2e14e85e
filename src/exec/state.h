/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "exec/compose.h"
#include "exec/control.h"
#include "exec/exec.h"
#include "exec/journal.h"
#include "exec/notify.h"
#include "exec/pump.h"
#include "exec/spec.h"
#include "exec/strays.h"
#include "exec/task.h"

#define EXEC_TASKS 1U

/* All there is of one jobd-exec. */
typedef struct Exec {
        const ExecConfig *config;
        Spec spec; /* after the start only its header */
        ComposeJob job;
        int signals;
        Control control;
        uint64_t early_kills; /* bit signo − 1: came before there was a command */
        Notify notify;
        char *cgroup; /* in which jobd-exec began, its unit's; NULL: unknown */
        Strays strays;
        Journal journal;
        Pump pump;
        Task tasks[EXEC_TASKS];
        bool reap_due;
        bool stop_seen, continue_seen; /* from systemd, while the command ran */
        bool end_strays;               /* the unit was stopped: they end with it */
        bool exit_sent;                /* the exit record is in the journal's window */
        uint64_t checked;              /* when the loop last looked at the time */
        uint64_t progress;             /* the journal's, when it last moved */
        uint64_t stalled;              /* since the command's end, without progress */
        uint64_t asked;                /* of that, when jobd was asked last */
        uint64_t alone;                /* of that, without an answer */
} Exec;
