/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/command.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/environment.h"
#include "exec/execute.h"
#include "exec/limits.h"
#include "wire/exit-status.h"

/* From the child, when it cannot become the command. */
typedef struct Failure {
        ExecStep step;
        int error;
} Failure;

static _Noreturn void fail(int gate, ExecStep step) {
        Failure failure = { .step = step, .error = errno };

        (void) send(gate, &failure, sizeof(failure), MSG_NOSIGNAL); /* only if jobd-exec was killed */
        _exit(EXEC_EXIT_EXEC);
}

/* systemd may have left signals ignored, and we have blocked all; the command gets neither. Unblocked last:
 * what came in the meantime is delivered now, to the command's own process. */
static void reset_signals(void) {
        struct sigaction action = { .sa_handler = SIG_DFL };
        sigset_t none;

        for (int i = 1; i <= SIGRTMAX; i++)
                (void) sigaction(i, &action, NULL); /* fails for KILL, STOP and libc's own */
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

/* From here on there is nothing of jobd-exec's that others should not have, and of what somebody else may
 * have left open. */
static void close_all_but(int gate) {
        if (gate > 3)
                (void) syscall(SYS_close_range, 3U, (unsigned) gate - 1, 0);
        (void) syscall(SYS_close_range, (unsigned) gate + 1, ~0U, 0);
}

static _Noreturn void child(const Spec *spec, char **env, int gate, int stdin_fd,
                            const int out[_STREAM_MAX]) {
        char go;

        /* A session of its own, as systemd gives: a "kill 0" in the command must not reach jobd-exec. */
        (void) setsid(); /* fails for a group leader alone, which a forked child is not */
        /* if jobd-exec is killed, with the unit: whoever had himself moved out of that does not stay for
         * it */
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (recv(gate, &go, sizeof(go), 0) != sizeof(go))
                _exit(EXEC_EXIT_EXEC); /* called off */

        (void) umask((mode_t) spec->header.umask);
        if (chdir(environment_directory(spec, environ)) < 0)
                fail(gate, EXEC_STEP_CHDIR);
        if (dup2(stdin_fd, STDIN_FILENO) < 0 || dup2(out[STREAM_STDOUT], STDOUT_FILENO) < 0 ||
            dup2(out[STREAM_STDERR], STDERR_FILENO) < 0)
                fail(gate, EXEC_STEP_STREAMS);
        close_all_but(gate);
        if (limits_apply(&spec->limits) < 0)
                fail(gate, EXEC_STEP_LIMITS);
        reset_signals();

        fail(gate, execute(spec->argv, env) ? EXEC_STEP_INTERPRETER : EXEC_STEP_EXEC);
}

int command_fork(Command *command, const Spec *spec, char **env, int stdin_fd, const int out[_STREAM_MAX]) {
        int gates[2];
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gates) < 0)
                return -errno;
        pid = fork();
        if (pid < 0) {
                int r = -errno;

                (void) close(gates[0]);
                (void) close(gates[1]);
                return r;
        }
        if (pid == 0) {
                (void) close(gates[0]); /* else it would wait for itself */
                child(spec, env, gates[1], stdin_fd, out);
        }
        (void) close(gates[1]);
        *command = (Command){ .pid = pid, .gate = gates[0] };
        return 0;
}

void command_go(Command *command) {
        (void) send(command->gate, "", 1, MSG_NOSIGNAL); /* fails only if it was killed meanwhile */
        command->starting = true;
}

bool command_starts(Command *command) {
        char byte;
        ssize_t n;

        if (!command->starting)
                return false;
        n = recv(command->gate, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        command->starting = false;
        return n == 0;
}

struct pollfd command_poll(const Command *command) {
        return (struct pollfd){ .fd = command->starting ? command->gate : -1, .events = POLLIN };
}

void command_call_off(Command *command) {
        int status;

        (void) close(command->gate);
        command->gate = -1;
        (void) waitpid(command->pid, &status, 0);
        command->ended = true;
}

void command_end(Command *command, int wait_status) {
        command->ended = true;
        command->wait_status = wait_status;
}

void command_kill(const Command *command, int signo) {
        /* not reaped: the number cannot belong to anybody else */
        if (!command->ended)
                (void) kill(command->pid, signo); /* it may have become another user's by a setuid program */
}

void command_report(Command *command, ExitReport *report) {
        Failure failure;

        report->ending = ENDING_WAITED;
        report->wait_status = command->wait_status;
        if (recv(command->gate, &failure, sizeof(failure), MSG_DONTWAIT) == sizeof(failure)) {
                report->ending = ENDING_FAILED;
                report->error = failure.error;
                report->step = failure.step;
                command->starting = false; /* its end of the gate is closed, but not for that */
        }
}
