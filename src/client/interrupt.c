/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/interrupt.h"

/* A signal handler has nothing else to write to. */
static volatile sig_atomic_t caught;
static sigset_t waiting_mask;
static bool catching;

static void on_signal(int signo) {
        caught = signo;
}

enum {
        SIGNALS_ALWAYS = 2,
        SIGNALS_ALL,
};

static const int signals[SIGNALS_ALL] = { SIGINT, SIGTERM, SIGHUP };
static bool own[SIGNALS_ALL]; /* of these, which are caught */

static void catch_signals(size_t n) {
        struct sigaction action = { .sa_handler = on_signal }, old;
        sigset_t blocked;

        (void) sigemptyset(&action.sa_mask);
        (void) sigemptyset(&blocked);
        for (size_t i = 0; i < n; i++) {
                if (sigaction(signals[i], NULL, &old) < 0 || old.sa_handler == SIG_IGN)
                        continue;
                (void) sigaction(signals[i], &action, NULL);
                (void) sigaddset(&blocked, signals[i]);
                own[i] = true;
        }
        (void) sigprocmask(SIG_BLOCK, &blocked, catching ? NULL : &waiting_mask);
}

void interrupt_catch(void) {
        catch_signals(SIGNALS_ALWAYS);
        catching = true;
        (void) signal(SIGPIPE, SIG_IGN);
}

void interrupt_catch_hangup(void) {
        interrupt_catch();
        catch_signals(SIGNALS_ALL);
}

bool interrupt_is_caught(void) {
        return catching;
}

void interrupt_release(void) {
        for (size_t i = 0; i < SIGNALS_ALL; i++)
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

int interrupt_wait_writable(int fd) {
        struct pollfd pollfd = { .fd = fd, .events = POLLOUT };

        return ppoll(&pollfd, 1, NULL, interrupt_mask()) < 0 ? -errno : 0;
}

static ssize_t write_once(int fd, const void *data, size_t size) {
        sigset_t old;
        ssize_t n = -1;
        int e;

        if (!catching)
                return write(fd, data, size);

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

ssize_t interrupt_write(int fd, const void *data, size_t size) {
        for (;;) {
                ssize_t n = write_once(fd, data, size);

                if (n >= 0)
                        return n;
                if (errno == EAGAIN ? interrupt_wait_writable(fd) >= 0 : errno == EINTR && !caught)
                        continue;
                if (errno != EINTR || caught)
                        return -errno;
        }
}

int interrupt_sleep(uint64_t usec) {
        struct timespec ts = { .tv_sec = (time_t) (usec / 1000000),
                               .tv_nsec = (long) (usec % 1000000 * 1000) };

        if (!caught)
                (void) ppoll(NULL, 0, &ts, interrupt_mask());
        return caught ? -EINTR : 0;
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
