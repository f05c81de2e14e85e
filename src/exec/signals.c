/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(void) {
        sigset_t all;
        int fd;

        (void) sigfillset(&all);
        if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
                return -errno;
        fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

SignalAct signals_next(int fd, int stop, Signal *ret) {
        struct signalfd_siginfo info;

        if (read(fd, &info, sizeof(info)) != sizeof(info))
                return SIGNAL_NONE;
        *ret = (Signal){ .signo = (int) info.ssi_signo, .sender = (pid_t) info.ssi_pid };
        if ((int) info.ssi_signo == stop)
                return SIGNAL_STOP;
        switch (info.ssi_signo) {
        case SIGCHLD:
                return SIGNAL_CHILD;
        case SIGTERM:
        case SIGHUP:
        case SIGINT:
                return SIGNAL_STOP;
        case SIGCONT:
                return SIGNAL_CONTINUE;
        case SIGPIPE:
                return SIGNAL_NOTHING;
        default:
                /* The kernel's own are about jobd-exec (its CPU limit, say); only people's are passed on. */
                return info.ssi_code > 0 ? SIGNAL_NOTHING : SIGNAL_PASS;
        }
}

bool signals_stop_is_waiting(int fd, int stop) {
        bool waits = false;
        SignalAct act;
        Signal signal;

        while ((act = signals_next(fd, stop, &signal)) != SIGNAL_NONE)
                waits = waits || act == SIGNAL_STOP;
        return waits;
}
