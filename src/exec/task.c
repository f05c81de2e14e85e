/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/task.h"

#include <sys/wait.h>
#include <unistd.h>

#include "exec/environment.h"

static int try_fork(Task *task, const Spec *spec, const char *notify, int stdin_fd) {
        int out[_STREAM_MAX] = { -1, -1 };
        Environment environment = { 0 };
        int r;

        r = pipes_open(&task->pipes, spec->header.flags & EXEC_SPEC_MERGE_OUTPUT, out);
        if (r == 0)
                r = environment_build(spec, environ, notify, &environment);
        if (r == 0)
                r = command_fork(&task->command, spec, environment.assignments, stdin_fd, out);
        environment_free(&environment);
        for (int i = 0; i < _STREAM_MAX; i++)
                if (out[i] >= 0)
                        (void) close(out[i]);
        return r;
}

void task_fork(Task *task, const Spec *spec, const char *notify, int stdin_fd) {
        int r = try_fork(task, spec, notify, stdin_fd);

        if (r == 0)
                return;
        task->report = (ExitReport){ .ending = ENDING_FAILED, .error = -r, .step = EXEC_STEP_EXEC };
        task->command.ended = true;
}

void task_call_off(Task *task) {
        task->report.ending = ENDING_CANCELLED;
        command_call_off(&task->command);
}

static Task *find(Task *tasks, size_t n, pid_t pid) {
        for (size_t i = 0; i < n; i++)
                if (!tasks[i].command.ended && tasks[i].command.pid == pid)
                        return &tasks[i];
        return NULL;
}

Task *task_reap(Task *tasks, size_t n) {
        int status;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
                Task *task = find(tasks, n, pid);

                if (task == NULL)
                        continue; /* had lost its parent */
                command_end(&task->command, status);
                command_report(&task->command, &task->report);
                return task;
        }
        return NULL;
}

bool tasks_have_ended(const Task *tasks, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (!tasks[i].command.ended)
                        return false;
        return true;
}

void tasks_kill(const Task *tasks, size_t n, int signo) {
        for (size_t i = 0; i < n; i++)
                command_kill(&tasks[i].command, signo);
}
