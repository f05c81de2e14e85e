/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/read-ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

/* daemon/read-ahead.c stands in front of recvmsg() here, as it does in jobd; what reads is like sd-bus. */

#define FIRST_READ 24U
#define FDS_MAX    3U

typedef struct Message {
        GByteArray *bytes;
        int fds[FDS_MAX]; /* the ends of pipes */
        guint n_fds;
        size_t n_sent;
} Message;

typedef struct Fixture {
        int ours, theirs;
        GQueue unsent, unread; /* of Message */
        guint n_woken;
} Fixture;

static void on_more(void *userdata) {
        ((Fixture *) userdata)->n_woken++;
}

static void begin(Fixture *f) {
        int pair[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
        *f = (Fixture){ .ours = pair[0], .theirs = pair[1] };
        g_queue_init(&f->unsent);
        g_queue_init(&f->unread);
        read_ahead_begin(f->ours, on_more, f);
}

static void put_number(uint8_t *at, char order, uint32_t number) {
        number = order == 'B' ? GUINT32_TO_BE(number) : GUINT32_TO_LE(number);
        memcpy(at, &number, sizeof(number));
}

/* `body` bytes of it; a header's fields are filled up to 8. */
static Message *message_new(char order, uint32_t fields, uint32_t body, guint n_fds) {
        Message *message = g_new0(Message, 1);
        guint size = 16 + (fields + 7) / 8 * 8 + body;

        message->bytes = g_byte_array_sized_new(size);
        g_byte_array_set_size(message->bytes, size);
        for (guint i = 0; i < size; i++)
                message->bytes->data[i] = (uint8_t) g_random_int();
        message->bytes->data[0] = (uint8_t) order;
        put_number(message->bytes->data + 4, order, body);
        put_number(message->bytes->data + 12, order, fields);
        for (; message->n_fds < n_fds; message->n_fds++) {
                int ends[2];

                ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
                message->fds[message->n_fds] = ends[0];
                ck_assert_int_eq(close(ends[1]), 0);
        }
        return message;
}

static void add(Fixture *f, uint32_t body, guint n_fds) {
        g_queue_push_tail(&f->unsent, message_new(g_random_boolean() ? 'l' : 'B',
                                                  (uint32_t) g_random_int_range(8, 200), body, n_fds));
}

/* A piece of it; descriptors go with its first byte. False if the socket is full. */
static bool send_piece(Fixture *f, Message *message, size_t size) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int) * FDS_MAX)];
        } control = { 0 };
        size_t size_fds = message->n_fds * sizeof(int);
        struct iovec data = { message->bytes->data + message->n_sent,
                              MIN(size, message->bytes->len - message->n_sent) };
        struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };
        ssize_t n;

        if (message->n_fds > 0 && message->n_sent == 0) {
                header.msg_control = &control;
                header.msg_controllen = CMSG_SPACE(size_fds);
                control.header = (struct cmsghdr){ CMSG_LEN(size_fds), SOL_SOCKET, SCM_RIGHTS };
                memcpy(CMSG_DATA(&control.header), message->fds, size_fds);
        }
        n = sendmsg(f->theirs, &header, 0);
        if (n < 0)
                return false;
        message->n_sent += (size_t) n;
        return true;
}

/* As much as the socket takes, in at most `n` pieces of at most `size` bytes. */
static void send_some(Fixture *f, guint n, size_t size) {
        Message *message;

        while ((message = g_queue_peek_head(&f->unsent))) {
                while (message->n_sent < message->bytes->len)
                        if (n-- == 0 || !send_piece(f, message, size))
                                return;
                g_queue_push_tail(&f->unread, g_queue_pop_head(&f->unsent));
        }
}

static void send_all(Fixture *f) {
        send_some(f, G_MAXUINT, SIZE_MAX);
}

static ssize_t read_some(Fixture *f, uint8_t *bytes, size_t size, struct msghdr *ret, void *control,
                         size_t control_size) {
        struct iovec part = { bytes, size };

        *ret = (struct msghdr){
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = control_size
        };
        return recvmsg(f->ours, ret, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
}

static ino_t file_of(int fd) {
        struct stat st;

        ck_assert_int_eq(fstat(fd, &st), 0);
        return st.st_ino;
}

/* Those of the message, all and in order. */
static void check_fds(const Message *message, struct msghdr *header) {
        struct cmsghdr *c = CMSG_FIRSTHDR(header);
        int fds[FDS_MAX];

        ck_assert_int_eq(header->msg_flags & MSG_CTRUNC, 0);
        ck_assert_int_eq(c != NULL, message->n_fds > 0);
        if (!c)
                return;
        ck_assert_uint_eq(c->cmsg_len, CMSG_LEN(message->n_fds * sizeof(int)));
        ck_assert_ptr_null(CMSG_NXTHDR(header, c));
        memcpy(fds, CMSG_DATA(c), message->n_fds * sizeof(int));
        for (guint i = 0; i < message->n_fds; i++) {
                ck_assert_uint_eq(file_of(fds[i]), file_of(message->fds[i]));
                ck_assert_int_eq(close(fds[i]), 0);
        }
}

static void message_free(Message *message) {
        for (guint i = 0; i < message->n_fds; i++)
                (void) close(message->fds[i]);
        g_byte_array_unref(message->bytes);
        g_free(message);
}

/* As sd-bus does: a little of it, and then its rest. What of it has not been sent comes in pieces of at most
 * `size` bytes. */
static void read_message(Fixture *f, const Message *message, size_t size) {
        g_autofree uint8_t *bytes = g_malloc(message->bytes->len);
        char control[1024] __attribute__((aligned(8)));
        size_t have = 0;
        ssize_t n;

        while (have < message->bytes->len) {
                size_t need = (have < FIRST_READ ? FIRST_READ : message->bytes->len) - have;
                bool is_first = have == 0;
                struct msghdr header;

                n = read_some(f, bytes + have, need, &header, control, sizeof(control));
                if (n < 0 && errno == EAGAIN) {
                        send_some(f, 1, size);
                        continue;
                }
                ck_assert_int_gt(n, 0);
                have += (size_t) n;
                if (is_first)
                        check_fds(message, &header);
                else
                        ck_assert_uint_eq(header.msg_controllen, 0);
        }
        ck_assert_mem_eq(bytes, message->bytes->data, message->bytes->len);
}

static bool is_empty(const Fixture *f) {
        return !f->unread.head && !f->unsent.head;
}

static void read_next(Fixture *f, size_t size) {
        Message *message = g_queue_peek_head(&f->unread);

        if (!message) /* not sent in full */
                message = g_queue_peek_head(&f->unsent);
        read_message(f, message, size);
        (void) g_queue_remove(&f->unread, message);
        message_free(message);
}

/* Whatever is sent in one piece, or in many, and read between: each message is whole, and has its
 * descriptors, which no other one gets. */
START_TEST(is_exact) {
        Fixture f;

        begin(&f);
        g_random_set_seed((guint32) _i);
        for (guint i = 0; i < 500; i++) {
                bool is_large = g_random_int_range(0, 50) == 0;
                size_t size = g_random_boolean() ? SIZE_MAX : (size_t) g_random_int_range(1, 400);

                add(&f, (uint32_t) g_random_int_range(0, is_large ? 200000 : 500),
                    g_random_boolean() ? 0 : (guint) g_random_int_range(0, FDS_MAX + 1));
                if (g_random_boolean())
                        continue;
                send_some(&f, (guint) g_random_int_range(1, 100), size);
                while (!is_empty(&f) && g_random_int_range(0, 3))
                        read_next(&f, size);
        }
        while (!is_empty(&f))
                read_next(&f, SIZE_MAX);
        ck_assert(!read_ahead_has_more());
}
END_TEST

/* Who reads on gets the descriptors with their message's first byte, as of a socket. */
START_TEST(is_a_barrier) {
        char control[1024] __attribute__((aligned(8)));
        uint8_t bytes[1000];
        struct msghdr header;
        size_t before;
        Fixture f;

        begin(&f);
        add(&f, 50, 0);
        add(&f, 50, 0);
        add(&f, 50, 1);
        send_all(&f);
        before = ((const Message *) g_queue_pop_head(&f.unread))->bytes->len;
        before += ((const Message *) g_queue_pop_head(&f.unread))->bytes->len;
        ck_assert_int_eq(read_some(&f, bytes, sizeof(bytes), &header, control, sizeof(control)),
                         (ssize_t) before);
        ck_assert_uint_eq(header.msg_controllen, 0);
        read_next(&f, SIZE_MAX);
}
END_TEST

/* One message, as mostly, needs nobody to ask again; of what is behind it, one is told. */
START_TEST(tells_of_more) {
        Fixture f;

        begin(&f);
        add(&f, 100, 0);
        send_all(&f);
        read_next(&f, SIZE_MAX);
        ck_assert(!read_ahead_has_more());
        ck_assert_uint_eq(f.n_woken, 0);
        for (guint i = 0; i < 100; i++)
                add(&f, 100, 0);
        send_all(&f);
        read_next(&f, SIZE_MAX);
        ck_assert_uint_eq(f.n_woken, 1);
        for (guint i = 1; i < 100; i++) {
                ck_assert(read_ahead_has_more());
                read_next(&f, SIZE_MAX);
        }
        ck_assert(!read_ahead_has_more());
        ck_assert_uint_eq(f.n_woken, 1); /* in one read */
}
END_TEST

/* What has come is read before the end. */
START_TEST(ends) {
        struct msghdr header;
        uint8_t byte;
        Fixture f;

        begin(&f);
        ck_assert_int_eq(read_some(&f, &byte, 1, &header, NULL, 0), -1);
        ck_assert_int_eq(errno, EAGAIN);
        add(&f, 0, 0);
        add(&f, 10, 1);
        send_all(&f);
        ck_assert_int_eq(close(f.theirs), 0);
        read_next(&f, SIZE_MAX);
        read_next(&f, SIZE_MAX);
        ck_assert_int_eq(read_some(&f, &byte, 1, &header, NULL, 0), 0);
}
END_TEST

/* A descriptor that there is no number for is missing in its own message. */
START_TEST(says_what_is_lost) {
        struct rlimit limit = { 100, 100 };
        char control[1024] __attribute__((aligned(8)));
        uint8_t bytes[300];
        struct msghdr header;
        Fixture f;

        begin(&f);
        add(&f, 50, 0);
        add(&f, 50, 1);
        send_all(&f);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        while (dup(0) >= 0)
                ;
        read_next(&f, SIZE_MAX);
        ck_assert_int_gt(read_some(&f, bytes, FIRST_READ, &header, control, sizeof(control)), 0);
        ck_assert_int_ne(header.msg_flags & MSG_CTRUNC, 0);
        ck_assert_int_gt(read_some(&f, bytes, sizeof(bytes), &header, control, sizeof(control)), 0);
        ck_assert_int_eq(header.msg_flags & MSG_CTRUNC, 0);
}
END_TEST

/* But what is kept for messages is there for those as well. */
START_TEST(has_room) {
        struct rlimit limit = { 100, 1024 };
        Fixture f;

        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        begin(&f);
        add(&f, 50, 1);
        send_all(&f);
        read_next(&f, SIZE_MAX); /* from now on some are kept */
        add(&f, 50, 0);
        add(&f, 50, FDS_MAX);
        send_all(&f);
        while (dup(0) >= 0)
                ;
        read_next(&f, SIZE_MAX);
        read_next(&f, SIZE_MAX);
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        ck_assert_uint_eq(limit.rlim_cur, 100);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("read-ahead");
        TCase *tcase = tcase_create("read-ahead");

        tcase_add_loop_test(tcase, is_exact, 0, 20);
        tcase_add_test(tcase, is_a_barrier);
        tcase_add_test(tcase, tells_of_more);
        tcase_add_test(tcase, ends);
        tcase_add_test(tcase, says_what_is_lost);
        tcase_add_test(tcase, has_room);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
