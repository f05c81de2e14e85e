/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "exec/cgroup.h"
#include "exec/signals.h"
#include "exec/supply.h"
#include "wire/exit-status.h"

enum { FD_SPEC = 0, FD_CONTROL = 1, FD_STDIN = 2 };

/* All three must be open: otherwise a pipe of ours would take the place of one. */
static bool descriptors_are_open(void) {
        for (int fd = FD_SPEC; fd <= FD_STDIN; fd++)
                if (fcntl(fd, F_GETFD) < 0)
                        return false;
        return true;
}

static bool arguments_are_valid(const Spec *spec, int argc, char **argv) {
        static const char prefix[] = "--job=";

        if (argc == 1)
                return true;
        return argc == 2 && strncmp(argv[1], prefix, strlen(prefix)) == 0 &&
               strcmp(argv[1] + strlen(prefix), spec->header.uuid) == 0;
}

int start_init(Exec *exec, const ExecConfig *config, int argc, char **argv) {
        *exec = (Exec){ .config = config, .notify = { .fd = -1 }, .tasks = { { .pipes = PIPES_NONE } } };
        if (!descriptors_are_open())
                return EXEC_EXIT_SPEC;
        exec->signals = signals_open(); /* early: a stop that comes before this leaves no exit record */
        if (exec->signals < 0)
                return EXEC_EXIT_MEMORY;
        if (spec_read(FD_SPEC, &exec->spec) < 0 || !arguments_are_valid(&exec->spec, argc, argv) ||
            !control_is_socket(FD_CONTROL))
                return EXEC_EXIT_SPEC;
        if (!spec_claim(FD_SPEC))
                return -EALREADY;
        exec->cgroup = cgroup_own_path();
        strays_keep_orphans();
        exec->job = (ComposeJob){ .id = exec->spec.header.job, .uuid = exec->spec.header.uuid };

        if (journal_init(&exec->journal, config) < 0 ||
            pump_init(&exec->pump, &exec->journal, &exec->job) < 0)
                return EXEC_EXIT_MEMORY;
        control_init(&exec->control, FD_CONTROL, exec->spec.header.allowed);
        return 0;
}

/* Reads first: if jobd is gone for good, what it has sent is there all the same, until something is said to
 * it. */
static void step_control(Exec *exec, uint64_t now) {
        int signo;

        while ((signo = control_receive(&exec->control)) > 0)
                exec->early_kills |= UINT64_C(1) << (signo - 1);
        control_accept(&exec->control, now);
        supply_journal(&exec->journal, &exec->control, now);
        control_step(&exec->control, now);
}

int start_wait_for_journal(Exec *exec) {
        uint64_t now = clock_usec(), give_up = now + exec->config->patience;

        for (;;) {
                struct pollfd fds[] = { { .fd = exec->signals, .events = POLLIN },
                                        { .fd = -1 },
                                        { .fd = -1 } };

                step_control(exec, now);
                if (exec->journal.fd >= 0)
                        return 0;
                if (now >= give_up)
                        return -ETIMEDOUT;
                fds[1] = control_poll(&exec->control);
                fds[2] = control_poll_listener(&exec->control, now);
                /* rounded up: not to come back before the time */
                (void) poll(fds, 3, (int) ((exec->journal.ask.at - now) / USEC_PER_MSEC) + 1);
                if (signals_stop_is_waiting(exec->signals, exec->spec.header.stop_signal))
                        return -ECANCELED;
                now = clock_usec();
        }
}

/* The spec and the command's standard input are not ours to hold: whoever reads or writes the other end
 * waits for all to be closed. In their place something harmless, as libraries take 0 to 2 for granted. */
static void release_descriptors(void) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (null < 0 || dup3(null, FD_SPEC, O_CLOEXEC) < 0)
                (void) close(FD_SPEC);
        if (null < 0 || dup3(null, FD_STDIN, O_CLOEXEC) < 0)
                (void) close(FD_STDIN);
        if (null >= 0)
                (void) close(null);
}

void start_command(Exec *exec) {
        Task *task = &exec->tasks[0];

        task_fork(task, &exec->spec, notify_open(&exec->notify) == 0 ? exec->notify.name : NULL, FD_STDIN);
        pump_attach(&exec->pump, &task->pipes);
        if (!task->command.ended) {
                if (signals_stop_is_waiting(exec->signals, exec->spec.header.stop_signal))
                        task_call_off(task);
                else
                        command_go(&task->command);
        }
        for (int signo = 1; signo <= 64; signo++)
                if (exec->early_kills & UINT64_C(1) << (signo - 1))
                        command_kill(&task->command, signo);

        release_descriptors();
        spec_free(&exec->spec);
        exec->reap_due = true; /* SIGCHLD may have been among the signals taken above */
        if (task->command.ended)
                pump_drain(&exec->pump, clock_usec());
}
