/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "exec/command.h"
#include "exec/compose.h"
#include "exec/pipes.h"
#include "exec/spec.h"

/* One command of the job, with its pipes, and how it ended. */
typedef struct Task {
        Command command;
        Pipes pipes;
        ExitReport report;
} Task;

/*
 * Forks the command, which waits to be let go: command_go(), or task_call_off(). `notify`: where it may say
 * something about itself, or NULL. If there is none, it has ended, and the report says why.
 */
void task_fork(Task *task, const Spec *spec, const char *notify, int stdin_fd);

/* It goes away without a trace. */
void task_call_off(Task *task);

/* The next of the tasks whose command has ended; its report says how. NULL: no more. Also takes what else
 * has ended of our children (exec/strays.h). */
Task *task_reap(Task *tasks, size_t n);

bool tasks_have_ended(const Task *tasks, size_t n);

/* To the command of each. */
void tasks_kill(const Task *tasks, size_t n, int signo);
