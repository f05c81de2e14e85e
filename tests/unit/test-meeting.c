/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/meeting.h"
#include "run.h"
#include "temporary.h"

#define ONE "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define TWO "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a12"

static bool is_there(const char *uuid) {
        g_autofree char *path = g_build_filename(temporary_path, uuid, NULL);

        return access(path, F_OK) == 0;
}

/* What is said on it comes from who says it, though he spoke first. */
START_TEST(both_meet) {
        g_auto(Fd) listener = -1, daemon = -1, exec = -1;
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
        char text[8];
        struct iovec part = { text, sizeof(text) };
        struct msghdr message = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = control,
                .msg_controllen = sizeof(control),
        };

        ck_assert_int_eq(meeting_open(temporary_path, ONE, &listener), 0);
        ck_assert_int_eq(meeting_connect(temporary_path, ONE, &daemon), 0);
        exec = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        ck_assert_int_ge(exec, 0);
        ck_assert_int_eq(send(exec, "hello", 5, 0), 5);
        ck_assert_int_eq(recvmsg(daemon, &message, 0), 5);
        ck_assert_ptr_nonnull(CMSG_FIRSTHDR(&message));
        ck_assert_int_eq(((const struct ucred *) (const void *) CMSG_DATA(CMSG_FIRSTHDR(&message)))->pid,
                         getpid());
}
END_TEST

/* It never waits, and tells apart who is not there yet, who has gone and who was never there. */
START_TEST(nobody_there) {
        g_auto(Fd) listener = -1, daemon = -1;

        ck_assert_int_eq(meeting_connect(temporary_path, ONE, &daemon), -ENOENT);
        ck_assert_int_eq(meeting_open(temporary_path, ONE, &listener), 0);
        for (int i = 0; i < 100; i++) { /* jobds that came and went while it was frozen */
                ck_assert_int_eq(meeting_connect(temporary_path, ONE, &daemon), 0);
                fd_clear(&daemon);
        }
        fd_clear(&listener);
        ck_assert_int_eq(meeting_connect(temporary_path, ONE, &daemon), -ECONNREFUSED);
        ck_assert_int_eq(meeting_open(temporary_path, ONE, &listener), 0); /* in its place */
        ck_assert_int_eq(meeting_connect(temporary_path, ONE, &daemon), 0);
}
END_TEST

START_TEST(places_go) {
        g_autoptr(GHashTable) wanted = g_hash_table_new(g_str_hash, g_str_equal);
        g_auto(Fd) one = -1, two = -1;

        ck_assert_int_eq(meeting_open(temporary_path, ONE, &one), 0);
        ck_assert_int_eq(meeting_open(temporary_path, TWO, &two), 0);
        (void) g_hash_table_add(wanted, TWO);
        meeting_sweep(temporary_path, wanted);
        ck_assert(!is_there(ONE));
        ck_assert(is_there(TWO));
        meeting_remove(temporary_path, TWO);
        ck_assert(!is_there(TWO));
        meeting_remove(temporary_path, TWO);
}
END_TEST

START_TEST(no_folder) {
        g_autofree char *folder = g_build_filename(temporary_path, "none", NULL),
                        *long_name = g_strnfill(200, 'x');
        g_auto(Fd) fd = -1;

        ck_assert_int_eq(meeting_open(folder, ONE, &fd), -ENOENT);
        ck_assert_int_eq(meeting_connect(folder, ONE, &fd), -ENOENT);
        ck_assert_int_eq(meeting_open(temporary_path, long_name, &fd), -ENAMETOOLONG);
        meeting_remove(folder, ONE);
        meeting_sweep(folder, NULL);
        ck_assert_int_lt(fd, 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("meeting");
        TCase *tcase = tcase_create("meeting");

        tcase_add_checked_fixture(tcase, temporary_make, temporary_remove);
        tcase_add_test(tcase, both_meet);
        tcase_add_test(tcase, nobody_there);
        tcase_add_test(tcase, places_go);
        tcase_add_test(tcase, no_folder);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
