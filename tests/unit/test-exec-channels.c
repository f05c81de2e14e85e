/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The two sockets beside the journal's: to jobd, and the command's NOTIFY_SOCKET. */

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "exec-fake.h"
#include "exec/control.h"
#include "exec/notify.h"
#include "run.h"

static Control control;
static int jobd = -1;

static void set_up(void) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        jobd = fds[0];
        control_init(&control, fds[1], 100);
        control_step(&control, 0);
}

static void tear_down(void) {
        control_free(&control);
        if (jobd >= 0)
                (void) close(jobd);
}

/* The next message's type, or 0 if there is none. */
static uint32_t next(ControlMessage *message, char *text, size_t size) {
        struct iovec parts[] = { { message, sizeof(*message) }, { text, size } };
        struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };
        ssize_t n = recvmsg(jobd, &header, 0);

        if (n < 0)
                return 0;
        ck_assert_uint_ge((size_t) n, sizeof(*message));
        text[(size_t) n - sizeof(*message)] = '\0';
        return message->type;
}

static void tell(uint32_t type, uint32_t arg, uint64_t allowed) {
        ControlMessage message = { .type = type, .arg = arg, .bytes = { 0, allowed } };

        ck_assert_int_eq(send(jobd, &message, sizeof(message), 0), sizeof(message));
}

START_TEST(hello_and_hints) {
        const uint64_t first[] = { 1, 2 }, second[] = { 3, 4 };
        ControlMessage message;
        char text[2048];

        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_HELLO);
        control_hint(&control, (const uint64_t[]){ 0, 0 });
        ck_assert_uint_eq(next(&message, text, sizeof(text)), 0);
        control_hint(&control, first);
        control_hint(&control, second); /* not before the ACK */
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_HINT);
        ck_assert_uint_eq(message.bytes[0], 1);
        ck_assert_uint_eq(message.bytes[1], 2);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), 0);

        tell(CONTROL_ACK, 0, 77);
        ck_assert_int_eq(control_receive(&control), 0);
        ck_assert_uint_eq(control.allowed, 77);
        control_hint(&control, second);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_HINT);
        ck_assert_uint_eq(message.bytes[1], 4);
}
END_TEST

START_TEST(the_start_is_said_once_and_when_asked) {
        ControlMessage message;
        char text[64];

        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_HELLO);
        tell(CONTROL_REPEAT, 0, 100);
        ck_assert_int_eq(control_receive(&control), 0);
        control_step(&control, 0);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), 0); /* it was not so */
        control_started(&control);
        control_step(&control, 0);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_STARTED);
        control_step(&control, 0);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), 0);
        tell(CONTROL_REPEAT, 0, 100);
        ck_assert_int_eq(control_receive(&control), 0);
        control_step(&control, 0);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_STARTED);
}
END_TEST

START_TEST(moved_is_said_once) {
        ControlMessage message;
        char text[64];

        (void) next(&message, text, sizeof(text));
        for (int i = 0; i < 3; i++) {
                control_moved(&control);
                control_moved(&control);
                control_step(&control, 0);
                ck_assert_uint_eq(next(&message, text, sizeof(text)), i == 0 ? CONTROL_MOVED : 0);
        }
}
END_TEST

START_TEST(kills) {
        tell(CONTROL_KILL, SIGUSR1, 0);
        tell(CONTROL_KILL, 0, 0);
        tell(CONTROL_KILL, UINT32_MAX, 0);
        tell(CONTROL_KILL, 65, 0);
        tell(12345, SIGUSR1, 0);
        ck_assert_int_eq(send(jobd, "short", 5, 0), 5);
        tell(CONTROL_ACK, 0, 78);
        tell(CONTROL_KILL, SIGKILL, 0);
        ck_assert_int_eq(control_receive(&control), SIGUSR1);
        ck_assert_int_eq(control_receive(&control), SIGKILL);
        ck_assert_uint_eq(control.allowed, 78);
        ck_assert_int_eq(control_receive(&control), 0);
}
END_TEST

static void tell_with(uint32_t type, size_t size, int fd, size_t n_fds) {
        ControlMessage message = { .type = type, .arg = SIGUSR1 };
        struct iovec part = { &message, size };
        struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
        _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(8 * sizeof(int))];

        fake_attach(&header, bytes, fd, n_fds);
        ck_assert_int_eq(sendmsg(jobd, &header, 0), (ssize_t) size);
}

START_TEST(asks_for_a_journal) {
        ControlMessage message;
        char text[2048];

        (void) next(&message, text, sizeof(text));
        for (int i = 0; i < 4; i++) {
                control_need_journal(&control);
                control_need_journal(&control);
                control_step(&control, 0);
                control_need_journal(&control);
                control_step(&control, 0);
                ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_NEED_JOURNAL);
                ck_assert_uint_eq(next(&message, text, sizeof(text)), 0);
                /* the answer, or the next jobd */
                tell(i % 2 == 0 ? CONTROL_JOURNAL : CONTROL_ACK, 0, 1);
                ck_assert_int_eq(control_receive(&control), 0);
                ck_assert_int_eq(control_take_journal(&control), -1);
        }
}
END_TEST

/* The descriptor of a JOURNAL counts, and the newest of those. All others are closed, as many as there
 * are. */
START_TEST(descriptors) {
        int fds[2], fd;
        char byte;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        tell_with(CONTROL_JOURNAL, sizeof(ControlMessage), jobd, 1);
        tell_with(CONTROL_JOURNAL, sizeof(ControlMessage), fds[1], 1);
        tell_with(CONTROL_JOURNAL, sizeof(ControlMessage) - 1, jobd, 1);
        tell_with(CONTROL_ACK, sizeof(ControlMessage), jobd, 1);
        tell_with(12345, sizeof(ControlMessage), jobd, 8);
        tell(CONTROL_JOURNAL, 0, 0);
        tell_with(CONTROL_KILL, sizeof(ControlMessage), fds[1], 2);
        ck_assert_int_eq(control_receive(&control), SIGUSR1);
        fd = control_take_journal(&control);
        ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
        ck_assert_int_eq(control_take_journal(&control), -1);
        (void) close(fds[1]);
        ck_assert_int_eq(write(fd, "x", 1), 1);
        (void) close(fd);
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        ck_assert_int_eq(read(fds[0], &byte, 1), 0); /* would wait for ever if one was still open */

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        tell_with(CONTROL_JOURNAL, sizeof(ControlMessage), fds[1], 8);
        ck_assert_int_eq(control_receive(&control), 0);
        (void) close(fds[1]);
        control_free(&control);
        ck_assert_int_eq(read(fds[0], &byte, 1), 0);
}
END_TEST

/* What jobd sent before it went for good is there until something is said to it. */
START_TEST(last_journal) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        tell_with(CONTROL_JOURNAL, sizeof(ControlMessage), null, 1);
        (void) close(null);
        ck_assert_int_eq(close(jobd), 0);
        jobd = -1;
        ck_assert_int_eq(control_receive(&control), 0);
        ck_assert_int_lt(control.fd, 0);
        ck_assert_int_eq(close(control_take_journal(&control)), 0);
        control_need_journal(&control);
        control_step(&control, 0);
}
END_TEST

START_TEST(jobd_is_gone) {
        ck_assert_int_eq(close(jobd), 0);
        jobd = -1;
        if (_i == 0)
                ck_assert_int_eq(control_receive(&control), 0);
        else
                control_hint(&control, (const uint64_t[]){ 1, 1 });
        ck_assert_int_lt(control.fd, 0);
        ck_assert_uint_eq(control.allowed, UINT64_MAX);
        control_status(&control, "x", 1);
        control_step(&control, USEC_PER_SEC);
        control_done(&control, 0, (const uint64_t[]){ 1, 1 });
        ck_assert_int_eq(control_receive(&control), 0);
}
END_TEST

/* A place to be met, as jobd makes it, handed over. */
static void make_listener(struct sockaddr_un *address) {
        socklen_t size = sizeof(sa_family_t);
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        ck_assert_int_eq(bind(fd, (struct sockaddr *) address, size), 0); /* the kernel finds a name */
        ck_assert_int_eq(listen(fd, 8), 0);
        size = sizeof(*address);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *) address, &size), 0);
        tell_with(CONTROL_LISTEN, sizeof(ControlMessage), fd, 1);
        (void) close(fd);
        ck_assert_int_eq(control_receive(&control), 0);
        ck_assert_int_ge(control.listener, 0);
        ck_assert_int_eq(fcntl(control.listener, F_GETFD), FD_CLOEXEC);
}

static int meet(const struct sockaddr_un *address) {
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        socklen_t size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + 6); /* as autobind makes it */

        ck_assert_int_eq(connect(fd, (const struct sockaddr *) address, size), 0);
        return fd;
}

static void assert_next(uint32_t type) {
        ControlMessage message;
        char text[2048];

        ck_assert_uint_eq(next(&message, text, sizeof(text)), type);
}

/* What was asked of the jobd before, or said to it, is asked and said again; and what it allowed holds until
 * then. */
START_TEST(another_jobd_comes) {
        struct sockaddr_un address;
        int other;

        make_listener(&address);
        ck_assert_int_eq(control_poll_listener(&control, 0).fd, control.listener);
        control_started(&control);
        control_status(&control, "here", 4);
        control_need_journal(&control);
        control_hint(&control, (const uint64_t[]){ 1, 1 });
        control_step(&control, USEC_PER_SEC);
        ck_assert_int_eq(close(jobd), 0);
        ck_assert_int_eq(control_receive(&control), 0);
        ck_assert_int_lt(control.fd, 0);
        ck_assert_uint_eq(control.allowed, 100);
        control_accept(&control, 0); /* nobody there */
        ck_assert_int_lt(control.fd, 0);
        control_need_journal(&control);

        other = meet(&address); /* and goes at once */
        jobd = meet(&address);
        (void) close(other);
        control_accept(&control, 0);
        control_step(&control, 2 * USEC_PER_SEC);
        assert_next(CONTROL_HELLO);
        assert_next(CONTROL_STARTED);
        control_need_journal(&control);
        control_step(&control, 2 * USEC_PER_SEC);
        assert_next(CONTROL_STATUS);
        assert_next(CONTROL_NEED_JOURNAL);
        assert_next(0);
        control_hint(&control, (const uint64_t[]){ 2, 1 });
        assert_next(CONTROL_HINT);
        tell(CONTROL_ACK, 0, 77);
        tell(CONTROL_KILL, SIGUSR1, 0);
        ck_assert_int_eq(control_receive(&control), SIGUSR1);
        ck_assert_uint_eq(control.allowed, 77);
}
END_TEST

/* No descriptor to be had: it is tried again later, not all the time. */
START_TEST(no_room_for_another_jobd) {
        struct rlimit limit, none = { 0 };
        struct sockaddr_un address;

        make_listener(&address);
        ck_assert_int_eq(close(jobd), 0);
        ck_assert_int_eq(control_receive(&control), 0);
        jobd = meet(&address);
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        none.rlim_max = limit.rlim_max;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        control_accept(&control, 1000);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        ck_assert_int_lt(control.fd, 0);
        ck_assert_int_lt(control_poll_listener(&control, 1000).fd, 0);
        ck_assert_uint_eq(control_deadline(&control, 1000), 1000 + USEC_PER_SEC);
        control_accept(&control, 1000 + USEC_PER_SEC);
        ck_assert_int_ge(control.fd, 0);
        ck_assert_uint_eq(control_deadline(&control, 1000 + USEC_PER_SEC), USEC_NEVER);
        control_step(&control, 1000 + USEC_PER_SEC);
        assert_next(CONTROL_HELLO);
}
END_TEST

/* What was sent as one is none. */
START_TEST(no_listener) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC), pair[2];

        tell(CONTROL_LISTEN, 0, 0);
        ck_assert_int_eq(control_receive(&control), 0);
        ck_assert_int_lt(control.listener, 0);
        ck_assert_int_ge(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
        tell_with(CONTROL_LISTEN, sizeof(ControlMessage), _i == 0 ? pair[0] : null, 1);
        ck_assert_int_eq(control_receive(&control), 0);
        ck_assert_int_eq(close(jobd), 0);
        jobd = -1;
        ck_assert_int_eq(control_receive(&control), 0);
        control_accept(&control, 0);
        ck_assert_int_lt(control.listener, 0);
        ck_assert_uint_eq(control.allowed, UINT64_MAX);
        (void) close(null);
        (void) close(pair[0]);
        (void) close(pair[1]);
}
END_TEST

START_TEST(not_a_socket) {
        int pair[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);

        ck_assert_int_ge(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
        ck_assert(control_is_socket(control.fd));
        ck_assert(!control_is_socket(pair[0]));
        ck_assert(!control_is_socket(null));
        ck_assert(!control_is_socket(-1));
        (void) close(pair[0]);
        (void) close(pair[1]);
        (void) close(null);
}
END_TEST

/* What jobd has sent and nobody has read does not come between it and the last message. */
START_TEST(done_arrives) {
        ControlMessage message;
        char text[2048];

        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_HELLO);
        tell(CONTROL_ACK, 0, 5);
        tell(CONTROL_KILL, SIGKILL, 5);
        control_done(&control, 0, (const uint64_t[]){ 8, 9 });
        ck_assert_int_lt(control.fd, 0);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_DONE);
        ck_assert_int_eq(recv(jobd, text, sizeof(text), 0), 0);
}
END_TEST

/* jobd does not read: nothing blocks, and of each kind the newest is sent when there is room. */
START_TEST(full) {
        ControlMessage message;
        char text[2048];
        uint64_t now = 0, n = 0, last = 0;

        while (!control.blocked) {
                n++;
                control_status(&control, text, (size_t) snprintf(text, sizeof(text), "%01000d", (int) n));
                now += USEC_PER_SEC;
                control_step(&control, now);
                ck_assert_uint_lt(n, 100000);
        }
        ck_assert_int_ne(control_poll(&control).events & POLLOUT, 0);
        control_status(&control, "newest", 6);
        while (next(&message, text, sizeof(text)) != 0)
                last = message.type;
        ck_assert_uint_eq(last, CONTROL_STATUS);
        ck_assert_str_ne(text, "newest");
        control_step(&control, now + USEC_PER_SEC);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_STATUS);
        ck_assert_str_eq(text, "newest");
        ck_assert_uint_eq(next(&message, text, sizeof(text)), 0);
        ck_assert(!control.blocked);
}
END_TEST

/* A command that talks all the time reaches the bus ten times a second, and its last word always does. */
START_TEST(status_is_throttled) {
        ControlMessage message;
        char text[2048];

        (void) next(&message, text, sizeof(text));
        control_status(&control, "a", 1);
        control_step(&control, 1000);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_STATUS);
        control_status(&control, "a", 1);
        ck_assert_uint_eq(control_deadline(&control, 2000), USEC_NEVER);
        control_status(&control, "b", 1);
        control_step(&control, 2000);
        ck_assert_uint_eq(next(&message, text, sizeof(text)), 0);
        ck_assert_uint_eq(control_deadline(&control, 2000), 101000);
        control_done(&control, CONTROL_DONE_GAVE_UP, (const uint64_t[]){ 8, 9 });
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_STATUS);
        ck_assert_str_eq(text, "b");
        ck_assert_uint_eq(next(&message, text, sizeof(text)), CONTROL_DONE);
        ck_assert_uint_eq(message.arg, CONTROL_DONE_GAVE_UP);
        ck_assert_uint_eq(message.bytes[1], 9);
}
END_TEST

static const struct {
        const char *text, *clean;
} texts[] = {
        { "", "" },
        { "plain", "plain" },
        { "tab\there", "tab here" },
        { "\033[31mred\177\r", "?[31mred??" },
        { "sch\303\266n \342\202\254 \360\237\230\200", "sch\303\266n \342\202\254 \360\237\230\200" },
        { "c1 \302\233x", "c1 ?x" },
        { "\377", NULL },
        { "\303", NULL },             /* cut */
        { "\300\200", NULL },         /* overlong */
        { "\340\200\200", NULL },     /* overlong */
        { "\355\240\200", NULL },     /* surrogate */
        { "\364\220\200\200", NULL }, /* beyond Unicode */
        { "\370\210\200\200\200", NULL },
        { "\200", NULL },
        { "123456789\303\266", "123456789" }, /* cut between characters, to ten bytes */
        { "1234567890\377", NULL },
};

START_TEST(clean_text) {
        char clean[64] = "";
        size_t size = strlen(texts[_i].text) > 10 && texts[_i].text[0] == '1' ? 10 : sizeof(clean) - 1;
        int n = notify_clean_text(clean, size, texts[_i].text, strlen(texts[_i].text));

        if (texts[_i].clean == NULL) {
                ck_assert_int_eq(n, -1);
                return;
        }
        ck_assert_int_eq(n, (int) strlen(texts[_i].clean));
        clean[n] = '\0';
        ck_assert_str_eq(clean, texts[_i].clean);
}
END_TEST

/* Sends like sd_notify(), with up to `n_fds` copies of `fd`. */
static void say(const Notify *notify, const char *text, size_t length, int fd, size_t n_fds) {
        _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(8 * sizeof(int))];
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct iovec part = { (void *) text, length };
        struct msghdr header = {
                .msg_name = &address,
                .msg_namelen = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + strlen(notify->name)),
                .msg_iov = &part,
                .msg_iovlen = 1,
        };
        int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        memcpy(address.sun_path + 1, notify->name + 1, strlen(notify->name) - 1);
        if (n_fds > 0)
                fake_attach(&header, bytes, fd, n_fds);
        ck_assert_int_eq(sendmsg(sender, &header, 0), (ssize_t) length);
        (void) close(sender);
}

static void assert_status(const Notify *notify, const char *expected) {
        ck_assert_uint_eq(notify->status_length, strlen(expected));
        ck_assert_mem_eq(notify->status, expected, strlen(expected));
}

START_TEST(notify_status) {
        static char large[8192];
        Notify notify;

        ck_assert_int_eq(notify_open(&notify), 0);
        ck_assert_int_eq(notify.name[0], '@');
        ck_assert(!notify_receive(&notify));

        say(&notify, "READY=1\nSTATUS=one\nMAINPID=1", 28, -1, 0);
        ck_assert(notify_receive(&notify));
        assert_status(&notify, "one");
        say(&notify, "STATUS=two", 10, -1, 0);
        say(&notify, "STATUS=\377", 8, -1, 0);
        say(&notify, "XSTATUS=three\nSTATU", 19, -1, 0);
        ck_assert(notify_receive(&notify));
        assert_status(&notify, "two");
        say(&notify, "READY=1", 7, -1, 0);
        ck_assert(!notify_receive(&notify));

        memset(large, 'x', sizeof(large));
        memcpy(large, "STATUS=", 7);
        say(&notify, large, sizeof(large), -1, 0);
        ck_assert(!notify_receive(&notify));
        say(&notify, large, 4000, -1, 0);
        ck_assert(notify_receive(&notify));
        ck_assert_uint_eq(notify.status_length, CONTROL_TEXT_MAX);
        notify_close(&notify);
}
END_TEST

/* All descriptors that come are closed: systemd-notify waits for that, and others must not pile up. */
START_TEST(notify_descriptors) {
        Notify notify;
        int fds[2];
        char byte;

        ck_assert_int_eq(notify_open(&notify), 0);
        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        say(&notify, "BARRIER=1", 9, fds[1], 1);
        say(&notify, "FDSTORE=1", 9, fds[1], 8);
        (void) close(fds[1]);
        ck_assert(!notify_receive(&notify));
        ck_assert_int_eq(read(fds[0], &byte, 1), 0); /* would wait for ever if one was still open */
        (void) close(fds[0]);
        notify_close(&notify);
}
END_TEST

START_TEST(notify_other_user) {
        Notify notify;

        if (getuid() != 0)
                return; /* only root can be somebody else */
        ck_assert_int_eq(notify_open(&notify), 0);
        ck_assert_int_eq(seteuid(65534), 0);
        ck_assert_int_eq(setresuid(65534, 65534, 0), 0);
        say(&notify, "STATUS=not mine", 15, -1, 0);
        ck_assert_int_eq(setresuid(0, 0, 0), 0);
        ck_assert(!notify_receive(&notify));
        say(&notify, "STATUS=mine", 11, -1, 0);
        ck_assert(notify_receive(&notify));
        notify_close(&notify);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-channels");
        TCase *control_case = tcase_create("control"), *notify_case = tcase_create("notify");

        tcase_add_checked_fixture(control_case, set_up, tear_down);
        tcase_add_test(control_case, hello_and_hints);
        tcase_add_test(control_case, the_start_is_said_once_and_when_asked);
        tcase_add_test(control_case, moved_is_said_once);
        tcase_add_test(control_case, kills);
        tcase_add_test(control_case, asks_for_a_journal);
        tcase_add_test(control_case, descriptors);
        tcase_add_test(control_case, last_journal);
        tcase_add_loop_test(control_case, jobd_is_gone, 0, 2);
        tcase_add_test(control_case, another_jobd_comes);
        tcase_add_test(control_case, no_room_for_another_jobd);
        tcase_add_loop_test(control_case, no_listener, 0, 2);
        tcase_add_test(control_case, not_a_socket);
        tcase_add_test(control_case, done_arrives);
        tcase_add_test(control_case, full);
        tcase_add_test(control_case, status_is_throttled);
        tcase_add_loop_test(notify_case, clean_text, 0, sizeof(texts) / sizeof(texts[0]));
        tcase_add_test(notify_case, notify_status);
        tcase_add_test(notify_case, notify_descriptors);
        tcase_add_test(notify_case, notify_other_user);
        suite_add_tcase(suite, control_case);
        suite_add_tcase(suite, notify_case);
        return run_suite(suite);
}
