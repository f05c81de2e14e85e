/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "queue/waits.h"
#include "run.h"

#define USERS_MAX 4U

/* A user: how many jobs of his run, and the first of those that wait. */
#define USER(uid, running, id)                                                     \
        {                                                                          \
                .owner = (uid), .n_running = (running), .first = {.number = (id) } \
        }

#define NOBODY (-1)

/* At most 3 run in all, 2 of one user. */
static const struct {
        guint n_running;
        bool systemd_full, paused;
        QueueUser users[USERS_MAX];
        size_t n;
        int next;
} picks[] = {
        { .n = 0, .next = NOBODY },
        { .users = { USER(1, 0, 7) }, .n = 1, .next = 0 },
        /* who has fewest running, though his job is younger; wherever he stands */
        { .n_running = 1, .users = { USER(1, 1, 5), USER(2, 0, 9) }, .n = 2, .next = 1 },
        { .n_running = 1, .users = { USER(2, 0, 9), USER(1, 1, 5) }, .n = 2, .next = 0 },
        /* between equals the older job */
        { .users = { USER(1, 0, 8), USER(2, 0, 6), USER(3, 0, 7) }, .n = 3, .next = 1 },
        { .n_running = 2, .users = { USER(1, 1, 6), USER(2, 1, 8) }, .n = 2, .next = 0 },
        /* who may run no more is passed over */
        { .n_running = 2, .users = { USER(1, 2, 5), USER(2, 0, 9) }, .n = 2, .next = 1 },
        { .n_running = 2, .users = { USER(1, 2, 5) }, .n = 1, .next = NOBODY },
        { .n_running = 2, .users = { USER(1, 3, 5) }, .n = 1, .next = NOBODY }, /* the limit was lowered */
        /* root has no limit of his own, and his turn as others have */
        { .n_running = 2, .users = { USER(0, 2, 5) }, .n = 1, .next = 0 },
        { .n_running = 2, .users = { USER(0, 2, 5), USER(1, 0, 9) }, .n = 2, .next = 1 },
        { .n_running = 2, .users = { USER(1, 2, 4), USER(0, 2, 5) }, .n = 2, .next = 1 },
        /* nobody, whoever waits */
        { .n_running = 3, .users = { USER(1, 0, 5), USER(0, 0, 6) }, .n = 2, .next = NOBODY },
        { .n_running = 4, .users = { USER(0, 0, 6) }, .n = 1, .next = NOBODY },
        { .systemd_full = true, .users = { USER(1, 0, 5) }, .n = 1, .next = NOBODY },
        { .paused = true, .users = { USER(1, 0, 5) }, .n = 1, .next = NOBODY },
};

START_TEST(who_is_next) {
        QueueRoom room = {
                .limits = { .running_max = 3, .user_running_max = 2 },
                .n_running = picks[_i].n_running,
                .systemd_full = picks[_i].systemd_full,
                .paused = picks[_i].paused,
        };
        size_t expected = picks[_i].next == NOBODY ? picks[_i].n : (size_t) picks[_i].next;

        ck_assert_uint_eq(queue_pick(&room, picks[_i].users, picks[_i].n), expected);
}
END_TEST

static const struct {
        guint n_running, n_of_user;
        uid_t owner;
        bool systemd_full, paused;
        int shortage;
        const char *reason; /* NULL: none */
} reasons[] = {
        { .owner = 1, .reason = NULL },
        { .owner = 1, .systemd_full = true, .reason = NULL }, /* it passes in a moment */
        { .owner = 1,
          .n_running = 2,
          .n_of_user = 2,
          .reason = "waits for its turn: 2 of 2 jobs of ann run" },
        { .owner = 1,
          .n_running = 3,
          .n_of_user = 2,
          .reason = "waits for its turn: 2 of 2 jobs of ann run" },
        { .owner = 1, .n_running = 3, .n_of_user = 1, .reason = "waits for its turn: 3 of 3 jobs run" },
        { .owner = 0, .n_running = 3, .n_of_user = 3, .reason = "waits for its turn: 3 of 3 jobs run" },
        { .owner = 1,
          .paused = true,
          .n_running = 3,
          .reason = "waits until systemd takes new units again" },
        { .owner = 1,
          .paused = true,
          .shortage = -EMFILE,
          .reason = "waits until jobd has the resources to start it: Too many open files" },
        { .owner = 1,
          .paused = true,
          .shortage = -EIO,
          .reason = "waits until the disk can be read and written again: Input/output error" },
        /* it lacked at the last try, and nothing keeps the next one */
        { .owner = 1, .shortage = -EMFILE, .reason = NULL },
};

START_TEST(why_others_wait) {
        QueueRoom room = {
                .limits = { .running_max = 3, .user_running_max = 2 },
                .n_running = reasons[_i].n_running,
                .systemd_full = reasons[_i].systemd_full,
                .paused = reasons[_i].paused,
                .shortage = reasons[_i].shortage,
        };
        g_autofree char *reason = queue_dup_reason(&room, reasons[_i].owner, reasons[_i].n_of_user, "ann");

        ck_assert_pstr_eq(reason, reasons[_i].reason);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("waits");
        TCase *tcase = tcase_create("waits");

        tcase_add_loop_test(tcase, who_is_next, 0, G_N_ELEMENTS(picks));
        tcase_add_loop_test(tcase, why_others_wait, 0, G_N_ELEMENTS(reasons));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
