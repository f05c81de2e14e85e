/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/end.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn void end_by_signal(int signo) {
        struct rlimit no_core = { 0, 0 };
        struct sigaction action = { .sa_handler = SIG_DFL };
        sigset_t only;

        /* The command has left its core; ours would be a second one, and tell nothing. The limit is not
         * enough where cores go to a pipe. */
        (void) setrlimit(RLIMIT_CORE, &no_core);
        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
        (void) sigaction(signo, &action, NULL); /* fails for SIGKILL, which needs none */
        (void) kill(getpid(), signo);
        (void) sigemptyset(&only);
        (void) sigaddset(&only, signo);
        (void) sigprocmask(SIG_UNBLOCK, &only, NULL);
        _exit(128 + signo);
}

_Noreturn void end_like(int wait_status) {
        if (WIFSIGNALED(wait_status))
                end_by_signal(WTERMSIG(wait_status));
        _exit(WEXITSTATUS(wait_status));
}
