/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fake-journal-socket.h"
#include "output/channel.h"
#include "run.h"
#include "wire/control.h"

/* A channel, the other end of its socket, and what was told. */
typedef struct World {
        sd_event *event;
        Channel *channel;
        Fd exec;
        pid_t pid;
        unsigned moves, hellos, starts, hints, dones, stalls, statuses, closed;
        uint64_t bytes[2];
        uint32_t flags;
        char *status;
        bool free_at_hint, free_at_status;
} World;

static void on_hello(Channel *channel, pid_t pid, void *userdata) {
        World *world = userdata;

        world->hellos++;
        world->pid = pid;
}

static void on_started(Channel *channel, void *userdata) {
        World *world = userdata;

        world->starts++;
}

static void on_hint(Channel *channel, const uint64_t bytes[2], void *userdata) {
        World *world = userdata;

        world->hints++;
        memcpy(world->bytes, bytes, sizeof(world->bytes));
        if (world->free_at_hint)
                g_clear_pointer(&world->channel, channel_free);
}

static void on_done(Channel *channel, uint32_t flags, const uint64_t bytes[2], void *userdata) {
        World *world = userdata;

        world->dones++;
        world->flags = flags;
        memcpy(world->bytes, bytes, sizeof(world->bytes));
}

static void on_stalled(Channel *channel, uint64_t usec, void *userdata) {
        World *world = userdata;

        world->stalls++;
        channel_answer(channel, usec < 1000);
}

static void on_status(Channel *channel, const char *text, void *userdata) {
        World *world = userdata;

        world->statuses++;
        g_free(world->status);
        world->status = g_strdup(text);
        if (world->free_at_status)
                g_clear_pointer(&world->channel, channel_free);
}

static void on_closed(Channel *channel, void *userdata) {
        World *world = userdata;

        world->closed++;
}

static void on_moved(Channel *channel, void *userdata) {
        World *world = userdata;

        world->moves++;
}

static const ChannelEvents events = {
        on_hello, on_started, on_hint, on_done, on_stalled, on_status, on_moved, on_closed,
};

static World *world_new(void) {
        World *world = g_new0(World, 1);
        int fd;

        ck_assert_int_eq(sd_event_new(&world->event), 0);
        ck_assert_int_eq(channel_pair(&fd, &world->exec), 0);
        ck_assert_int_eq(channel_new(world->event, fd, journal_path, &events, world, &world->channel), 0);
        ck_assert_int_eq(channel_fd(world->channel), fd);
        return world;
}

static void world_free(World *world) {
        channel_free(world->channel);
        fd_clear(&world->exec);
        sd_event_unref(world->event);
        g_free(world->status);
        g_free(world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void run(World *world) {
        int r;

        do
                r = sd_event_run(world->event, 0);
        while (r > 0);
        ck_assert_int_eq(r, 0);
}

static void say(World *world, const ControlMessage *message, const char *text, size_t size) {
        char packet[4096];

        memcpy(packet, message, sizeof(*message));
        memcpy(packet + sizeof(*message), text, size);
        ck_assert_int_eq(send(world->exec, packet, sizeof(*message) + size, 0),
                         (int) (sizeof(*message) + size));
}

static ssize_t hear(World *world, ControlMessage *ret) {
        return recv(world->exec, ret, sizeof(*ret), MSG_DONTWAIT | MSG_TRUNC);
}

START_TEST(what_is_said_is_told) {
        g_autoptr(World) world = world_new();

        say(world, &(ControlMessage){ .type = CONTROL_HELLO }, "", 0);
        say(world, &(ControlMessage){ .type = CONTROL_HINT, .bytes = { 3, 4 } }, "", 0);
        run(world);
        ck_assert_int_eq(world->pid, getpid());
        ck_assert_uint_eq(world->bytes[0], 3);
        ck_assert_uint_eq(world->bytes[1], 4);
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, "halfway", 7);
        say(world, &(ControlMessage){ .type = CONTROL_DONE, .arg = CONTROL_DONE_GAVE_UP, .bytes = { 5, 6 } },
            "", 0);
        fd_clear(&world->exec);
        run(world);
        ck_assert_str_eq(world->status, "halfway");
        ck_assert_uint_eq(world->flags, CONTROL_DONE_GAVE_UP);
        ck_assert_uint_eq(world->bytes[1], 6);
        ck_assert_uint_eq(world->closed, 1);
}
END_TEST

/* A jobd-exec that is killed with an ACK unread: the kernel reports that before it gives what was sent. */
START_TEST(last_words_outlive_an_unread_ack) {
        g_autoptr(World) world = world_new();

        ck_assert_int_eq(channel_acknowledge(world->channel, 1, 2), 0);
        say(world, &(ControlMessage){ .type = CONTROL_HINT, .bytes = { 3, 4 } }, "", 0);
        say(world, &(ControlMessage){ .type = CONTROL_DONE, .bytes = { 5, 6 } }, "", 0);
        fd_clear(&world->exec);
        run(world);
        ck_assert_uint_eq(world->hints, 1);
        ck_assert_uint_eq(world->dones, 1);
        ck_assert_uint_eq(world->bytes[1], 6);
        ck_assert_uint_eq(world->closed, 1);
}
END_TEST

/* From the kernel, not from who made the pair. */
START_TEST(the_pid_is_the_senders) {
        const ControlMessage hello = { .type = CONTROL_HELLO };
        g_autoptr(World) world = world_new();
        pid_t child = fork();

        ck_assert_int_ge(child, 0);
        if (child == 0)
                _exit(send(world->exec, &hello, sizeof(hello), 0) == sizeof(hello) ? 0 : 1);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        say(world, &hello, "", 0); /* the first one counts */
        run(world);
        ck_assert_int_eq(world->pid, child);
        ck_assert_uint_eq(world->hellos, 1);
}
END_TEST

START_TEST(the_start_is_told_and_asked_for) {
        g_autoptr(World) world = world_new();
        ControlMessage message;

        say(world, &(ControlMessage){ .type = CONTROL_STARTED }, "", 0);
        run(world);
        ck_assert_uint_eq(world->starts, 1);
        say(world, &(ControlMessage){ .type = CONTROL_MOVED }, "", 0);
        run(world);
        ck_assert_uint_eq(world->moves, 1);
        ck_assert_int_eq(channel_ask_again(world->channel), 0);
        ck_assert_int_eq(hear(world, &message), sizeof(message));
        ck_assert_uint_eq(message.type, CONTROL_REPEAT);
        fd_clear(&world->exec);
        ck_assert_int_eq(channel_ask_again(world->channel), -EPIPE);
}
END_TEST

START_TEST(nonsense_is_ignored) {
        g_autoptr(World) world = world_new();
        g_autofree char *large = g_strnfill(CONTROL_TEXT_MAX + 1, 'x');

        say(world, &(ControlMessage){ .type = 0 }, "", 0);
        say(world, &(ControlMessage){ .type = CONTROL_ACK }, "", 0);
        say(world, &(ControlMessage){ .type = UINT32_MAX }, "", 0);
        say(world, &(ControlMessage){ .type = CONTROL_HINT }, "x", 1);
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, "\377", 1);
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, "a\0b", 3);
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, large, CONTROL_TEXT_MAX + 1);
        ck_assert_int_eq(send(world->exec, "", 1, 0), 1);
        run(world);
        ck_assert_uint_eq(world->hellos + world->hints + world->dones + world->statuses + world->closed, 0);
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, large, CONTROL_TEXT_MAX);
        run(world);
        ck_assert_uint_eq(strlen(world->status), CONTROL_TEXT_MAX);
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, "", 0);
        run(world);
        ck_assert_str_eq(world->status, "");
}
END_TEST

START_TEST(acks_and_kills_arrive) {
        g_autoptr(World) world = world_new();
        ControlMessage message;

        ck_assert_int_eq(channel_acknowledge(world->channel, 10, 20), 0);
        ck_assert_int_eq(channel_kill(world->channel, 64), 0);
        ck_assert_int_eq(hear(world, &message), sizeof(message));
        ck_assert_uint_eq(message.type, CONTROL_ACK);
        ck_assert_uint_eq(message.bytes[0], 10);
        ck_assert_uint_eq(message.bytes[1], 20);
        ck_assert_int_eq(hear(world, &message), sizeof(message));
        ck_assert_uint_eq(message.type, CONTROL_KILL);
        ck_assert_uint_eq(message.arg, 64);
        fd_clear(&world->exec);
        ck_assert_int_eq(channel_acknowledge(world->channel, 11, 20), -EPIPE);
        ck_assert_int_eq(channel_kill(world->channel, SIGTERM), -EPIPE);
}
END_TEST

/* Shall it wait for journald? A full socket loses the answer: it asks again. */
START_TEST(questions_of_patience_are_answered) {
        g_autoptr(World) world = world_new();
        ControlMessage message;

        for (uint64_t i = 0; i < 2; i++) {
                say(world, &(ControlMessage){ .type = CONTROL_STALLED, .bytes = { i * 1000 } }, "", 0);
                run(world);
                ck_assert_uint_eq(world->stalls, i + 1);
                ck_assert_int_eq(hear(world, &message), sizeof(message));
                ck_assert_uint_eq(message.type, CONTROL_PATIENCE);
                ck_assert_uint_eq(message.arg, i == 0);
        }
}
END_TEST

/* The other end does not read for a while: it gets the last ACK, and every signal. */
START_TEST(a_full_socket_loses_nothing_that_counts) {
        g_autoptr(World) world = world_new();
        ControlMessage message, ack = {};
        unsigned acks = 0, kills = 0;

        for (uint64_t i = 1; i <= 5000; i++)
                ck_assert_int_eq(channel_acknowledge(world->channel, i, i), 0);
        ck_assert_int_eq(channel_kill(world->channel, SIGUSR1), 0);
        ck_assert_int_eq(channel_kill_all(world->channel, SIGKILL), 0);
        run(world); /* no room: nothing to do */
        for (;;) {
                while (hear(world, &message) == sizeof(message)) {
                        if (message.type == CONTROL_ACK) {
                                ck_assert_uint_gt(message.bytes[0], ack.bytes[0]);
                                ack = message;
                                acks++;
                        } else {
                                ck_assert_uint_eq(message.bytes[0], message.arg == SIGKILL); /* for all */
                                kills |= 1U << message.arg;
                        }
                }
                if (ack.bytes[0] == 5000 && kills == (1U << SIGUSR1 | 1U << SIGKILL))
                        break;
                ck_assert_int_gt(sd_event_run(world->event, UINT64_MAX), 0);
        }
        ck_assert_uint_lt(acks, 5000);
        run(world); /* and then it is quiet */
}
END_TEST

/* The last text counts; the channel does not spin; what comes behind the flood still arrives. */
START_TEST(a_flood_of_texts_is_coalesced) {
        g_autoptr(World) world = world_new();
        uint64_t start, end;
        unsigned sent = 0;
        char text[16];

        ck_assert_int_ge(sd_event_now(world->event, CLOCK_MONOTONIC, &start), 0);
        while (sent < 400) {
                ControlMessage message = { .type = CONTROL_STATUS };
                char packet[sizeof(message) + sizeof(text)];
                int n = g_snprintf(text, sizeof(text), "%u", sent);

                memcpy(packet, &message, sizeof(message));
                memcpy(packet + sizeof(message), text, (size_t) n);
                if (send(world->exec, packet, sizeof(message) + (size_t) n, 0) > 0)
                        sent++;
                else
                        ck_assert_int_gt(sd_event_run(world->event, UINT64_MAX), 0);
        }
        while (!world->status || strcmp(world->status, "399") != 0)
                ck_assert_int_gt(sd_event_run(world->event, UINT64_MAX), 0);
        ck_assert_int_ge(sd_event_now(world->event, CLOCK_MONOTONIC, &end), 0);
        ck_assert_uint_lt(world->statuses, 100 + (end - start) / 10000);
        say(world, &(ControlMessage){ .type = CONTROL_DONE }, "", 0);
        while (world->dones == 0)
                ck_assert_int_gt(sd_event_run(world->event, UINT64_MAX), 0);
}
END_TEST

/* The next message's descriptor, or −1; it must be a JOURNAL. */
static int hear_journal(World *world) {
        ControlMessage message;
        struct iovec part = { &message, sizeof(message) };
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(4 * sizeof(int))];
        } control;
        struct msghdr header = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        int fd = -1;

        ck_assert_int_eq(recvmsg(world->exec, &header, MSG_DONTWAIT), sizeof(message));
        ck_assert_uint_eq(message.type, CONTROL_JOURNAL);
        if (header.msg_controllen == 0)
                return -1;
        ck_assert_uint_eq(control.header.cmsg_len, CMSG_LEN(sizeof(int)));
        memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
        return fd;
}

/* With a socket that leads to journald, and of which nobody else has a copy; or without. */
START_TEST(the_journal_is_handed_out) {
        const ControlMessage need = { .type = CONTROL_NEED_JOURNAL };
        g_autoptr(World) world = world_new();
        g_autoptr(GBytes) got = NULL;
        ControlMessage message;
        Fd fd;

        ck_assert_int_eq(channel_send_journal(world->channel), 0);
        ck_assert_int_eq(hear_journal(world), -1);
        journal_listen();
        say(world, &need, "", 0);
        run(world);
        fd = hear_journal(world);
        ck_assert_int_eq(send(fd, "hello", 5, 0), 5);
        got = journal_take();
        ck_assert_uint_eq(g_bytes_get_size(got), 5);
        fd_clear(&fd);
        journal_close();
        for (unsigned i = 0; i < 5; i++) /* of one turn: one answer */
                say(world, &need, "", 0);
        run(world);
        ck_assert_int_eq(hear_journal(world), -1);
        ck_assert_int_lt(hear(world, &message), 0);
        fd_clear(&world->exec);
        ck_assert_int_eq(channel_send_journal(world->channel), -EPIPE);
}
END_TEST

/* When the other end reads again, it gets one. */
START_TEST(a_full_socket_keeps_the_answer) {
        g_autoptr(World) world = world_new();
        ControlMessage message;
        unsigned journals = 0;

        for (uint64_t i = 1; i <= 5000; i++)
                ck_assert_int_eq(channel_acknowledge(world->channel, i, i), 0);
        say(world, &(ControlMessage){ .type = CONTROL_NEED_JOURNAL }, "", 0);
        run(world);
        while (hear(world, &message) > 0)
                ck_assert_uint_eq(message.type, CONTROL_ACK);
        run(world);
        while (hear(world, &message) > 0)
                journals += message.type == CONTROL_JOURNAL;
        ck_assert_uint_eq(journals, 1);
}
END_TEST

/* One that asks all the time gets some hundred answers a second, and jobd does something else meanwhile. */
START_TEST(a_flood_of_questions_is_bounded) {
        const ControlMessage need = { .type = CONTROL_NEED_JOURNAL };
        g_autoptr(World) world = world_new();
        uint64_t start = (uint64_t) g_get_monotonic_time(), end = start + 350000;
        ControlMessage message;
        unsigned answers = 0;

        while ((uint64_t) g_get_monotonic_time() < end) {
                (void) send(world->exec, &need, sizeof(need), MSG_DONTWAIT);
                ck_assert_int_ge(sd_event_run(world->event, 0), 0);
                while (hear(world, &message) > 0)
                        answers++;
        }
        ck_assert_uint_gt(answers, 10);
        ck_assert_uint_lt(answers, 100);
}
END_TEST

START_TEST(callbacks_may_free_the_channel) {
        g_autoptr(World) world = world_new();

        world->free_at_hint = _i == 0;
        world->free_at_status = _i == 1;
        say(world, &(ControlMessage){ .type = CONTROL_STATUS }, "a", 1);
        say(world, &(ControlMessage){ .type = CONTROL_HINT }, "", 0);
        say(world, &(ControlMessage){ .type = CONTROL_HINT }, "", 0);
        run(world);
        ck_assert_ptr_null(world->channel);
        ck_assert_uint_eq(world->hints, _i == 0 ? 1 : 2);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("channel");
        TCase *tcase = tcase_create("channel");

        tcase_add_checked_fixture(tcase, journal_setup, journal_teardown);
        tcase_add_test(tcase, what_is_said_is_told);
        tcase_add_test(tcase, last_words_outlive_an_unread_ack);
        tcase_add_test(tcase, the_pid_is_the_senders);
        tcase_add_test(tcase, the_start_is_told_and_asked_for);
        tcase_add_test(tcase, nonsense_is_ignored);
        tcase_add_test(tcase, acks_and_kills_arrive);
        tcase_add_test(tcase, questions_of_patience_are_answered);
        tcase_add_test(tcase, a_full_socket_loses_nothing_that_counts);
        tcase_add_test(tcase, a_flood_of_texts_is_coalesced);
        tcase_add_test(tcase, the_journal_is_handed_out);
        tcase_add_test(tcase, a_full_socket_keeps_the_answer);
        tcase_add_test(tcase, a_flood_of_questions_is_bounded);
        tcase_add_loop_test(tcase, callbacks_may_free_the_channel, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
