/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/read-ahead.h"

#include <endian.h>
#include <errno.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/foreign-fd.h"

/*
 * Descriptors belong to a message: sd-bus must get them when it reads its first byte. A bus sends them with
 * that byte; a read may begin with other messages, but the kernel ends it in what was sent with the
 * descriptors. So they are of the last message that begins in what was read.
 */

#define AHEAD_SIZE  ((size_t) 64 * 1024)
#define HEADER_SIZE 16U
#define FDS_MAX     253U /* of one message of a socket: SCM_MAX_FD */

/* Where in the stream its messages begin. */
typedef struct Course {
        uint8_t header[HEADER_SIZE];
        size_t n_header;
        uint64_t n_left; /* of a message, after its header */
} Course;

static struct {
        int fd;
        void (*on_more)(void *userdata);
        void *userdata;
        Course course;
        uint8_t bytes[AHEAD_SIZE];
        size_t begin, end;
        int fds[FDS_MAX];
        size_t n_fds;  /* not given yet, */
        bool has_lost; /* or there was no number for them, */
        size_t fds_at; /* of the message that begins here */
} ahead = { .fd = -1 };

ssize_t front_recvmsg(int fd, struct msghdr *message, int flags) __asm__("recvmsg")
                __attribute__((visibility("default")));

static uint32_t number_at(const uint8_t *header, size_t at) {
        uint32_t number;

        memcpy(&number, header + at, sizeof(number));
        return header[0] == 'B' ? be32toh(number) : le32toh(number);
}

/* The fields of a header are filled up to 8; its length and the body's are in its first bytes. */
static uint64_t rest_of_message(const uint8_t *header) {
        return (((uint64_t) number_at(header, 12) + 7) & ~UINT64_C(7)) + number_at(header, 4);
}

/* Goes on by no more than to the end of a header, or of a message. */
static size_t go_on(Course *course, const uint8_t *bytes, size_t n) {
        if (course->n_left > 0) {
                n = (size_t) MIN(course->n_left, n);
                course->n_left -= n;
                return n;
        }
        n = MIN(HEADER_SIZE - course->n_header, n);
        memcpy(course->header + course->n_header, bytes, n);
        course->n_header += n;
        if (course->n_header == HEADER_SIZE) {
                course->n_left = rest_of_message(course->header);
                course->n_header = 0;
        }
        return n;
}

static bool is_at_begin(const Course *course) {
        return course->n_left == 0 && course->n_header == 0;
}

/* Follows what was read. Where its last message begins; 0 as well if none does. */
static size_t find_last_begin(Course *course, const uint8_t *bytes, size_t n) {
        size_t last = 0;

        for (size_t at = 0; at < n;) {
                if (is_at_begin(course))
                        last = at;
                at += go_on(course, bytes + at, n - at);
        }
        return last;
}

static void keep_fds(struct msghdr *message, size_t at) {
        ahead.has_lost = (message->msg_flags & MSG_CTRUNC) != 0;
        ahead.fds_at = at;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                ahead.n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                memcpy(ahead.fds, CMSG_DATA(c), ahead.n_fds * sizeof(int));
        }
}

/* As recvmsg(). */
static ssize_t fill(int flags) {
        union {
                struct cmsghdr header;
                uint8_t bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
        } control;
        struct iovec part = { ahead.bytes, AHEAD_SIZE };
        struct msghdr message = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
        };
        ssize_t n = foreign_fd_receive_with_room(ahead.fd, &message, flags);
        size_t last;

        if (n <= 0)
                return n;
        ahead.begin = 0;
        ahead.end = (size_t) n;
        last = find_last_begin(&ahead.course, ahead.bytes, ahead.end);
        keep_fds(&message, last);
        if (last > 0)
                ahead.on_more(ahead.userdata);
        return n;
}

static void close_fds(void) {
        for (size_t i = 0; i < ahead.n_fds; i++)
                (void) close(ahead.fds[i]);
}

/* All or none. */
static void give_fds(struct msghdr *message) {
        size_t size = ahead.n_fds * sizeof(int);
        bool fits = message->msg_control && message->msg_controllen >= CMSG_SPACE(size);
        struct cmsghdr *c = message->msg_control;

        message->msg_flags = ahead.has_lost || (ahead.n_fds > 0 && !fits) ? MSG_CTRUNC : 0;
        message->msg_controllen = 0;
        if (!fits) {
                close_fds();
        } else if (ahead.n_fds > 0) {
                *c = (struct cmsghdr){ CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS };
                memcpy(CMSG_DATA(c), ahead.fds, size);
                message->msg_controllen = CMSG_SPACE(size);
        }
        ahead.n_fds = 0;
        ahead.has_lost = false;
}

/* What is given at once ends before the message that has descriptors. */
static size_t n_to_give(void) {
        bool comes = (ahead.n_fds > 0 || ahead.has_lost) && ahead.fds_at > ahead.begin;

        return (comes ? ahead.fds_at : ahead.end) - ahead.begin;
}

static ssize_t give(struct msghdr *message) {
        size_t n = n_to_give(), given = 0;

        if (ahead.begin == ahead.fds_at) {
                give_fds(message);
        } else {
                message->msg_controllen = 0;
                message->msg_flags = 0;
        }
        message->msg_namelen = 0;
        for (size_t i = 0; i < message->msg_iovlen && given < n; i++) {
                size_t part = MIN(message->msg_iov[i].iov_len, n - given);

                memcpy(message->msg_iov[i].iov_base, ahead.bytes + ahead.begin, part);
                ahead.begin += part;
                given += part;
        }
        return (ssize_t) given;
}

void read_ahead_begin(int fd, void (*on_more)(void *userdata), void *userdata) {
        ahead.on_more = on_more;
        ahead.userdata = userdata;
        ahead.fd = fd;
}

bool read_ahead_has_more(void) {
        return ahead.begin < ahead.end;
}

ssize_t front_recvmsg(int fd, struct msghdr *message, int flags) {
        ssize_t n;

        if (fd < 0 || fd != ahead.fd)
                return foreign_fd_receive(fd, message, flags);
        n = read_ahead_has_more() ? 1 : fill(flags);
        return n > 0 ? give(message) : n;
}
