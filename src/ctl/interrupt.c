/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/interrupt.h"

/* A signal handler has nothing else to write to. */
static volatile sig_atomic_t caught;
static sigset_t waiting_mask;
static bool catching;

static void on_signal(int signo) {
        caught = signo;
}

static const int signals[] = { SIGINT, SIGTERM };
static bool own[sizeof(signals) / sizeof(signals[0])]; /* of these, which are caught */

void interrupt_catch(void) {
        struct sigaction action = { .sa_handler = on_signal }, old;
        sigset_t blocked;

        (void) sigemptyset(&action.sa_mask);
        (void) sigemptyset(&blocked);
        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
                if (sigaction(signals[i], NULL, &old) < 0 || old.sa_handler == SIG_IGN)
                        continue;
                (void) sigaction(signals[i], &action, NULL);
                (void) sigaddset(&blocked, signals[i]);
                own[i] = true;
        }
        (void) sigprocmask(SIG_BLOCK, &blocked, &waiting_mask);
        catching = true;
        (void) signal(SIGPIPE, SIG_IGN);
}

bool interrupt_is_caught(void) {
        return catching;
}

void interrupt_release(void) {
        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
                if (own[i])
                        (void) signal(signals[i], SIG_DFL);
        (void) signal(SIGPIPE, SIG_DFL);
        (void) sigprocmask(SIG_SETMASK, &waiting_mask, NULL);
        catching = false;
}

int interrupt_peek(void) {
        return caught;
}

int interrupt_look(void) {
        sigset_t old;

        (void) sigprocmask(SIG_SETMASK, &waiting_mask, &old);
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
        return caught;
}

int interrupt_take(void) {
        int signo = caught;

        caught = 0;
        return signo;
}

void interrupt_again(int signo) {
        caught = signo;
}

const sigset_t *interrupt_mask(void) {
        return catching ? &waiting_mask : NULL;
}

ssize_t interrupt_write(int fd, const void *data, size_t size) {
        sigset_t old;
        ssize_t n = -1;
        int e;

        (void) sigprocmask(SIG_SETMASK, &waiting_mask, &old);
        e = EINTR;
        if (!caught) {
                n = write(fd, data, size);
                e = errno;
        }
        (void) sigprocmask(SIG_SETMASK, &old, NULL);
        errno = e;
        return n;
}

void interrupt_die(int signo) {
        sigset_t one;

        (void) signal(signo, SIG_DFL);
        (void) sigemptyset(&one);
        (void) sigaddset(&one, signo);
        (void) raise(signo);
        (void) sigprocmask(SIG_UNBLOCK, &one, NULL);
        _exit(128 + signo);
}
