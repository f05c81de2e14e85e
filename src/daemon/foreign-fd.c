/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/foreign-fd.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Descriptors that others made. To close one may take for ever: a TCP socket that lingers, a file whose FUSE
 * server never answers. So none of them is ever closed in the loop: what comes with a message is marked, and
 * so is a copy of what is marked, and those are closed by threads.
 *
 * sd-bus closes the descriptors of a message itself, also of messages that no handler sees, and gives nobody
 * a way to take them out. To have a copy does not help: FUSE asks its server at every close. So this file
 * stands in front of libc's functions, for the whole process: a program's own come before those of its
 * libraries.
 *
 * The threads do nothing but close. One that waits for ever costs a small stack and a descriptor's file;
 * its number is free as soon as it begins.
 *
 * A descriptor that there is no number for is dropped by the kernel, and sd-bus then closes the connection:
 * anybody's message, even the bus's own answer, would end a jobd that is short of them. So the topmost
 * numbers are kept for those alone.
 */

#define FDS_MAX     (1 << 20)
#define RESERVE     256 /* a message has at most 16, and is soon gone */
#define BITS        (sizeof(unsigned long) * CHAR_BIT)
#define THREADS_MAX 32
#define STACK_SIZE  ((size_t) 64 * 1024)

static atomic_ulong foreign[FDS_MAX / BITS]; /* a bit each */
static int queue[2] = { -1, -1 };            /* a pipe of numbers */
static atomic_int n_handed_over;             /* and not closed yet */
static int n_threads;
static bool reserve_is_set;

#define IN_FRONT_OF(name) __asm__(name) __attribute__((visibility("default")))
int front_close(int fd) IN_FRONT_OF("close");
/* it has two names */
int front_fcntl(int fd, int command, ...) IN_FRONT_OF("fcntl");
int front_fcntl64(int fd, int command, ...) IN_FRONT_OF("fcntl64");

static unsigned long bit_of(int fd) {
        return 1UL << ((size_t) fd % BITS);
}

static bool is_marked(int fd) {
        return fd >= 0 && fd < FDS_MAX && (atomic_load(&foreign[(size_t) fd / BITS]) & bit_of(fd));
}

static void mark(int fd) {
        if (fd >= 0 && fd < FDS_MAX)
                (void) atomic_fetch_or(&foreign[(size_t) fd / BITS], bit_of(fd));
}

static bool unmark(int fd) {
        return fd >= 0 && fd < FDS_MAX &&
               (atomic_fetch_and(&foreign[(size_t) fd / BITS], ~bit_of(fd)) & bit_of(fd));
}

static void *close_all(void *unused) {
        static const struct linger off = { .l_onoff = 0 };
        int fd;

        while (read(queue[0], &fd, sizeof(fd)) == sizeof(fd)) {
                /* even that may wait: for who sends over it from memory that does not come */
                (void) setsockopt(fd, SOL_SOCKET, SO_LINGER, &off, sizeof(off));
                (void) syscall(SYS_close, fd);
                (void) atomic_fetch_sub(&n_handed_over, 1);
        }
        return NULL;
}

/* Signals are the loop's. */
static bool start_thread(void) {
        pthread_attr_t attributes;
        sigset_t all, before;
        pthread_t thread;
        int r;

        if (pthread_attr_init(&attributes) != 0)
                return false;
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &before);
        (void) pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        (void) pthread_attr_setstacksize(&attributes, MAX(STACK_SIZE, (size_t) PTHREAD_STACK_MIN));
        r = pthread_create(&thread, &attributes, close_all, NULL);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void) pthread_attr_destroy(&attributes);
        return r == 0;
}

static bool open_queue(void) {
        return queue[0] >= 0 || (pipe2(queue, O_CLOEXEC) >= 0 && fcntl(queue[1], F_SETFL, O_NONBLOCK) >= 0);
}

/* Whatever fails, it stays open: better than to wait. */
static void hand_over(int fd) {
        if (!open_queue())
                return;
        if (write(queue[1], &fd, sizeof(fd)) != sizeof(fd))
                return;
        if (atomic_fetch_add(&n_handed_over, 1) >= n_threads && n_threads < THREADS_MAX && start_thread())
                n_threads++;
}

int front_close(int fd) {
        int saved = errno;

        if (!unmark(fd))
                return (int) syscall(SYS_close, fd);
        hand_over(fd);
        errno = saved;
        return 0;
}

static void mark_all(struct msghdr *message) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                const int *fds = (const int *) (void *) CMSG_DATA(c);

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                (void) open_queue(); /* while there is room for it */
                for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++)
                        mark(fds[i]);
        }
}

/* Up to the hard limit; what the limit is to be afterwards. */
static struct rlimit open_reserve(void) {
        struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY }, raised;

        (void) getrlimit(RLIMIT_NOFILE, &limit);
        raised = (struct rlimit){ limit.rlim_max, limit.rlim_max };
        (void) prlimit(0, RLIMIT_NOFILE, &raised, NULL);
        if (limit.rlim_max >= 2 * RESERVE)
                limit.rlim_cur = MIN(limit.rlim_cur, limit.rlim_max - RESERVE);
        return limit;
}

/*
 * Whether something comes with what is to be read next, so that few reads need the reserve: for it alone a
 * call more on each. Descriptors come with a message's first byte, and sd-bus never reads over a message's
 * end. −errno. The first read of all is taken for one: it sets the reserve aside.
 */
static int look_ahead(int fd) {
        char byte;
        struct iovec part = { &byte, sizeof(byte) };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

        if (syscall(SYS_recvmsg, fd, &message, MSG_PEEK | MSG_DONTWAIT) < 0)
                return -errno;
        return !reserve_is_set || (message.msg_flags & MSG_CTRUNC) != 0;
}

ssize_t foreign_fd_receive_with_room(int fd, struct msghdr *message, int flags) {
        struct rlimit limit = open_reserve();
        ssize_t n = (ssize_t) syscall(SYS_recvmsg, fd, message, flags);
        int saved = errno;

        if (n >= 0)
                mark_all(message);
        /* not setrlimit(): the unit's filter has no such call */
        (void) prlimit(0, RLIMIT_NOFILE, &limit, NULL);
        reserve_is_set = true;
        errno = saved;
        return n;
}

ssize_t foreign_fd_receive(int fd, struct msghdr *message, int flags) {
        int r = message->msg_controllen == 0 ? 0 : look_ahead(fd);

        if (r == -EAGAIN && (flags & MSG_DONTWAIT)) {
                errno = EAGAIN;
                return -1;
        }
        return r == 0 ? (ssize_t) syscall(SYS_recvmsg, fd, message, flags)
                      : foreign_fd_receive_with_room(fd, message, flags);
}

/* The argument is a number, a pointer, or nothing: as libc does, it is handed on as it is. */
static int control(int fd, int command, long argument) {
        int r = (int) syscall(SYS_fcntl, fd, command, argument);

        if (r >= 0 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC) && is_marked(fd))
                mark(r);
        return r;
}

int front_fcntl(int fd, int command, ...) {
        va_list ap;
        long argument;

        va_start(ap, command);
        argument = va_arg(ap, long);
        va_end(ap);
        return control(fd, command, argument);
}

int front_fcntl64(int fd, int command, ...) {
        va_list ap;
        long argument;

        va_start(ap, command);
        argument = va_arg(ap, long);
        va_end(ap);
        return control(fd, command, argument);
}
