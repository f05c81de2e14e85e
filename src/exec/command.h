/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "exec/compose.h"
#include "exec/spec.h"

/*
 * The user's command. The child is forked first and let go afterwards, in two steps: whoever sends a signal
 * to all of the cgroup meets either a jobd-exec that has not let go, and then the start is off, or the child
 * too.
 */
typedef struct Command {
        pid_t pid;
        int gate; /* socket pair: "go" to the child, its failure back; closes by itself when it executes */
        bool starting; /* let go, and nothing has come back */
        bool ended;
        int wait_status;
} Command;

/* Forks. `stdin_fd` becomes the child's standard input, `out` (write ends) its output and error. */
int command_fork(Command *command, const Spec *spec, char **env, int stdin_fd, const int out[_STREAM_MAX]);

/* Lets the child execute, or makes it go away without a trace. */
void command_go(Command *command);
void command_call_off(Command *command);

/* Asks whether it executes; true once, when it does. To be asked when command_poll() is ready. */
bool command_starts(Command *command);
struct pollfd command_poll(const Command *command);

/* It was reaped. */
void command_end(Command *command, int wait_status);

/* Sends a signal, as long as the number is the command's. */
void command_kill(const Command *command, int signo);

/* How it has ended; the fields `ending` to `step` of the report. */
void command_report(Command *command, ExitReport *report);
