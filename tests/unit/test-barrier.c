/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/datagram.h"
#include "fixture.h"
#include "output/barrier.h"
#include "run.h"

static uint64_t limit = UINT64_MAX;

static void on_through(void *userdata) {
        (*(unsigned *) userdata)++;
}

static bool on_patience(uint64_t waited, void *userdata) {
        return waited < limit;
}

static const BarrierEvents events = { on_patience, on_through };

/* A socket like journald's, with something queued by a process that may be gone. */
static int listen_at(const char *path, bool queued) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        (void) g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
        ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        if (queued) {
                g_auto(Fd) sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

                ck_assert_int_eq(sendto(sender, "record", 6, 0, (struct sockaddr *) &address,
                                        sizeof(address)),
                                 6);
        }
        return fd;
}

static void run(sd_event *event, unsigned turns) {
        for (unsigned i = 0; i < turns; i++)
                ck_assert_int_ge(sd_event_run(event, 1000), 0);
}

START_TEST(waits_for_its_turn_in_the_queue) {
        g_auto(TestDir) dir = test_dir();
        g_autofree char *path = g_build_filename(dir.path, "socket", NULL);
        g_auto(Fd) journald = listen_at(path, true);
        g_autoptr(sd_event) event = NULL;
        g_autoptr(Barrier) barrier = NULL;
        unsigned through = 0;
        char bytes[16];

        ck_assert_int_eq(sd_event_new(&event), 0);
        ck_assert_int_eq(barrier_new(event, path, &events, &through, &barrier), 0);
        run(event, 10);
        ck_assert_uint_eq(through, 0);
        ck_assert_int_eq(recv(journald, bytes, sizeof(bytes), 0), 6);
        run(event, 10);
        ck_assert_uint_eq(through, 0);
        ck_assert_int_eq(recv(journald, bytes, sizeof(bytes), 0), 0); /* ours: empty */
        while (through == 0)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        run(event, 3);
        ck_assert_uint_eq(through, 1);
}
END_TEST

/* Of many senders it gets the first place that is free, not the one that is free when it looks again. */
START_TEST(takes_the_first_place) {
        g_auto(TestDir) dir = test_dir();
        g_autofree char *path = g_build_filename(dir.path, "socket", NULL);
        g_auto(Fd) journald = listen_at(path, false), other = datagram_connect(path);
        g_autoptr(sd_event) event = NULL;
        g_autoptr(Barrier) barrier = NULL;
        unsigned through = 0;
        uint64_t grown = (uint64_t) g_get_monotonic_time() + 150000;
        char bytes[16];
        ssize_t n;

        while (send(other, "record", 6, 0) == 6)
                ;
        ck_assert_int_eq(errno, EAGAIN);
        ck_assert_int_eq(sd_event_new(&event), 0);
        ck_assert_int_eq(barrier_new(event, path, &events, &through, &barrier), 0);
        while ((uint64_t) g_get_monotonic_time() < grown)
                ck_assert_int_ge(sd_event_run(event, 1000), 0);
        ck_assert_int_eq(recv(journald, bytes, sizeof(bytes), 0), 6);
        ck_assert_int_gt(sd_event_run(event, 0), 0);
        ck_assert_int_lt(send(other, "record", 6, 0), 0);
        ck_assert_uint_eq(through, 0);
        while ((n = recv(journald, bytes, sizeof(bytes), 0)) == 6)
                ;
        ck_assert_int_eq(n, 0); /* ours: empty */
        while (through == 0)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        run(event, 3);
        ck_assert_uint_eq(through, 1);
}
END_TEST

START_TEST(does_not_wait_for_nobody) {
        g_auto(TestDir) dir = test_dir();
        g_autofree char *path = g_build_filename(dir.path, "socket", NULL);
        g_auto(Fd) journald = -1;
        g_autoptr(sd_event) event = NULL;
        g_autoptr(Barrier) barrier = NULL;
        unsigned through = 0;

        if (_i > 0)
                journald = listen_at(path, false);
        if (_i == 1)
                fd_clear(&journald);
        ck_assert_int_eq(sd_event_new(&event), 0);
        ck_assert_int_eq(barrier_new(event, path, &events, &through, &barrier), 0);
        if (_i == 2) { /* it goes away while we wait */
                run(event, 3);
                ck_assert_uint_eq(through, 0);
                fd_clear(&journald);
        }
        while (through == 0)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
}
END_TEST

/* A journald that takes nothing: not for ever, and not before patience is at its end. */
START_TEST(waits_as_long_as_there_is_patience) {
        g_auto(TestDir) dir = test_dir();
        g_autofree char *path = g_build_filename(dir.path, "socket", NULL);
        G_GNUC_UNUSED g_auto(Fd) journald = listen_at(path, true);
        g_autoptr(sd_event) event = NULL;
        g_autoptr(Barrier) barrier = NULL;
        unsigned through = 0;
        uint64_t begun = (uint64_t) g_get_monotonic_time();

        limit = 100000;
        ck_assert_int_eq(sd_event_new(&event), 0);
        ck_assert_int_eq(barrier_new(event, path, &events, &through, &barrier), 0);
        while (through == 0)
                ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
        ck_assert_uint_ge((uint64_t) g_get_monotonic_time() - begun, limit);
        limit = UINT64_MAX;
}
END_TEST

START_TEST(can_be_cancelled) {
        g_auto(TestDir) dir = test_dir();
        g_autofree char *path = g_build_filename(dir.path, "socket", NULL);
        g_autoptr(sd_event) event = NULL;
        g_autoptr(Barrier) barrier = NULL;
        unsigned through = 0;

        ck_assert_int_eq(sd_event_new(&event), 0);
        ck_assert_int_eq(barrier_new(event, path, &events, &through, &barrier), 0);
        g_clear_pointer(&barrier, barrier_free);
        run(event, 3);
        ck_assert_uint_eq(through, 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("barrier");
        TCase *tcase = tcase_create("barrier");

        tcase_add_test(tcase, waits_for_its_turn_in_the_queue);
        tcase_add_test(tcase, takes_the_first_place);
        tcase_add_loop_test(tcase, does_not_wait_for_nobody, 0, 3);
        tcase_add_test(tcase, waits_as_long_as_there_is_patience);
        tcase_add_test(tcase, can_be_cancelled);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
