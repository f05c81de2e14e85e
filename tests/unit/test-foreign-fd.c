/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"

/* daemon/foreign-fd.c stands in front of close() and its like here, as it does in jobd. */

typedef union Control {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
} Control;

/* Somebody else sends `fd`; what is here of it is closed. */
static void sent(int fd, int pair[2]) {
        Control control = { 0 };
        char byte = 'x';
        struct iovec data = { .iov_base = &byte, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
        };
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
        ck_assert_int_eq(sendmsg(pair[0], &message, 0), 1);
        ck_assert_int_eq(close(fd), 0);
}

static int taken(int pair[2]) {
        Control control = { 0 };
        char byte;
        struct iovec data = { .iov_base = &byte, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
        };
        int got;

        ck_assert_int_eq(recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC), 1);
        ck_assert_int_eq(message.msg_flags & MSG_CTRUNC, 0);
        memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
        ck_assert_int_eq(close(pair[0]), 0);
        ck_assert_int_eq(close(pair[1]), 0);
        return got;
}

static int received(int fd) {
        int pair[2];

        sent(fd, pair);
        return taken(pair);
}

/* A socket whose close takes ten minutes, as nobody reads what is in it. */
static int lingering(int *ret_listener, int *ret_peer) {
        static const struct linger long_linger = { .l_onoff = 1, .l_linger = 600 };
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t size = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        *ret_listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(*ret_listener, (struct sockaddr *) &address, size), 0);
        ck_assert_int_eq(listen(*ret_listener, 1), 0);
        ck_assert_int_eq(getsockname(*ret_listener, (struct sockaddr *) &address, &size), 0);
        ck_assert_int_eq(connect(fd, (struct sockaddr *) &address, size), 0);
        *ret_peer = accept(*ret_listener, NULL, NULL);
        ck_assert_int_ge(*ret_peer, 0);
        while (send(fd, "nobody reads that", 17, MSG_DONTWAIT) > 0)
                ;
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &long_linger, sizeof(long_linger)), 0);
        return fd;
}

/* Check's time limit is what this fails by. `_i`: a copy of it. */
START_TEST(does_not_wait) {
        int listener, peer, fd = received(lingering(&listener, &peer)), copy = -1;

        if (_i)
                copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        ck_assert_int_eq(close(fd), 0);
        if (_i) {
                ck_assert_int_ge(copy, 0);
                ck_assert_int_eq(close(copy), 0);
        }
        (void) close(peer);
        (void) close(listener);
}
END_TEST

/* More of them than there are threads. */
START_TEST(is_closed) {
        for (int i = 0; i < 100; i++) {
                struct pollfd end = { .events = POLLIN };
                int ends[2], fd;

                ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
                fd = received(ends[1]);
                ck_assert_int_eq(close(fd), 0);
                end.fd = ends[0];
                ck_assert_int_eq(poll(&end, 1, -1), 1); /* nobody has the other end any more */
                ck_assert_int_eq(close(ends[0]), 0);
        }
}
END_TEST

/* What is our own is closed when close() returns. */
START_TEST(own) {
        int ends[2];

        ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
        ck_assert_int_eq(close(ends[1]), 0);
        ck_assert_int_eq(fcntl(ends[1], F_GETFD), -1);
        ck_assert_int_eq(close(ends[1]), -1);
        ck_assert_int_eq(close(ends[0]), 0);
}
END_TEST

/* There is a number for what comes, where there is none for anything else. `_i`: up to the hard limit. */
START_TEST(has_room) {
        struct rlimit limit = { _i ? 1024 : 100, 1024 };
        int pair[2], got;

        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        ck_assert_int_eq(close(received(dup(0))), 0); /* from now on some are kept */
        sent(dup(0), pair);
        while (dup(0) >= 0)
                ;
        ck_assert_int_eq(errno, EMFILE);
        got = taken(pair);
        ck_assert_int_ge(fcntl(got, F_GETFD), 0);
        (void) dup(0); /* what the pair had */
        (void) dup(0);
        ck_assert_int_eq(dup(0), -1);
        ck_assert_int_eq(close(got), 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("foreign-fd");
        TCase *tcase = tcase_create("foreign-fd");

        tcase_add_loop_test(tcase, does_not_wait, 0, 2);
        tcase_add_test(tcase, is_closed);
        tcase_add_test(tcase, own);
        tcase_add_loop_test(tcase, has_room, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
