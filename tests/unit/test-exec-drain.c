/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/clock.h"
#include "exec/drain.h"
#include "run.h"

#define MS USEC_PER_MSEC

/* Looks every 20 ms from 0 on, with a pipe that can be read; something comes every `noise` looks, 0: never.
 * Returns the look at which it is over, or `most`. */
static unsigned int looks_until_over(Drain *drain, unsigned int noise, unsigned int most) {
        for (unsigned int i = 1; i <= most; i++) {
                drain->awake = true;
                drain->came = noise > 0 && i % noise == 0;
                if (drain_is_due(drain, i * 20 * MS))
                        drain_look(drain, &(DrainSight){ 0 }, i * 20 * MS);
                if (drain_is_over(drain))
                        return i;
        }
        return most;
}

static const struct {
        unsigned int noise;
        bool hurry;
        unsigned int looks;
} rules[] = {
        /* 100 ms of silence are the end */
        { 0, false, 5 },
        { 0, true, 2 },
        { 6, false, 5 },
        /* with something now and then it goes on for two seconds */
        { 1, false, 101 },
        { 5, false, 101 },
        { 1, true, 6 },
};

START_TEST(rule) {
        Drain drain = { .hurry = rules[_i].hurry };

        drain_begin(&drain, 20 * MS, 0);
        ck_assert(!drain_is_over(&drain));
        ck_assert_uint_eq(looks_until_over(&drain, rules[_i].noise, 1000), rules[_i].looks);
}
END_TEST

/* What is in a pipe and may not be read yet, as jobd is behind, is no silence. */
START_TEST(pending_is_no_silence) {
        Drain drain = { 0 };

        drain_begin(&drain, 20 * MS, 0);
        for (unsigned int i = 1; i <= 50; i++) {
                drain.awake = true;
                drain_look(&drain, &(DrainSight){ .pending = true }, i * 20 * MS);
                ck_assert(!drain_is_over(&drain));
        }
        ck_assert_uint_eq(drain.silent, 0);
}
END_TEST

/* Others that are at work may be about to say something; one that only wakes up now and then is not. */
START_TEST(work_is_no_silence) {
        Drain drain = { 0 };

        drain_begin(&drain, 20 * MS, 0);
        for (unsigned int i = 1; i <= 50; i++) {
                drain.awake = true;
                drain_look(&drain, &(DrainSight){ .cpu_usec = i * MS }, i * 20 * MS);
        }
        ck_assert_uint_eq(drain.silent, 0);
        for (unsigned int i = 1; i <= 5; i++) {
                drain.awake = true;
                ck_assert(!drain_is_over(&drain));
                drain_look(&drain, &(DrainSight){ .cpu_usec = 50 * MS + i * (MS - 1) }, (50 + i) * 20 * MS);
        }
        ck_assert(drain_is_over(&drain));
}
END_TEST

/* On a full machine one that wants to go on may get no processor for long; not for ever. */
static const struct {
        bool hurry;
        uint64_t cpu_each; /* look, µs */
        unsigned int looks;
} wants[] = {
        { false, 0, 501 },
        { false, 2 * MS, 101 },
        { true, 0, 6 },
};

START_TEST(wanting_is_no_silence) {
        Drain drain = { .hurry = wants[_i].hurry };
        unsigned int n = 0;

        drain_begin(&drain, 20 * MS, 0);
        while (!drain_is_over(&drain)) {
                n++;
                drain.awake = true;
                drain_look(&drain, &(DrainSight){ .wanting = true, .cpu_usec = n * wants[_i].cpu_each },
                           n * 20 * MS);
                ck_assert_uint_eq(drain.silent, 0);
        }
        ck_assert_uint_eq(n, wants[_i].looks);
}
END_TEST

/* While journald takes nothing, nothing is read: that is nobody's silence. */
START_TEST(a_full_journal_is_no_silence) {
        Drain drain = { 0 };

        drain_begin(&drain, 20 * MS, 0);
        for (unsigned int i = 1; i <= 1000; i++)
                drain_look(&drain, &(DrainSight){ 0 }, i * 20 * MS);
        ck_assert(!drain_is_over(&drain));
        ck_assert_uint_eq(looks_until_over(&drain, 0, 10), 10); /* the clock stands behind: no look is due */
}
END_TEST

/* Frozen for an hour: that is one look, and the helpers were frozen, too. */
START_TEST(a_late_look_is_one) {
        Drain drain = { 0 };

        drain_begin(&drain, 20 * MS, 0);
        drain.awake = true;
        ck_assert(drain_is_due(&drain, 3600 * USEC_PER_SEC));
        drain_look(&drain, &(DrainSight){ 0 }, 3600 * USEC_PER_SEC);
        ck_assert(!drain_is_due(&drain, 3600 * USEC_PER_SEC + 19 * MS));
        ck_assert_uint_eq(drain.looks, 1);
        ck_assert(!drain_is_over(&drain));
}
END_TEST

/* In the last look nothing is read. */
START_TEST(long_before_it_is_over) {
        Drain drain = { 0 };

        drain_begin(&drain, 20 * MS, 0);
        ck_assert_uint_eq(looks_until_over(&drain, 1, 99), 99);
        ck_assert(!drain_is_long(&drain));
        drain.awake = true;
        drain_look(&drain, &(DrainSight){ .pending = true }, drain.look_at);
        ck_assert(drain_is_long(&drain));
        ck_assert(!drain_is_over(&drain));
}
END_TEST

/* Before the command's end it is never over. */
START_TEST(only_after_the_end) {
        Drain drain = { .silent = 1000, .looks = 1000 };

        ck_assert(!drain_is_over(&drain));
        ck_assert(!drain_is_long(&drain));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-drain");
        TCase *tcase = tcase_create("drain");

        tcase_add_loop_test(tcase, rule, 0, sizeof(rules) / sizeof(rules[0]));
        tcase_add_test(tcase, pending_is_no_silence);
        tcase_add_test(tcase, work_is_no_silence);
        tcase_add_loop_test(tcase, wanting_is_no_silence, 0, sizeof(wants) / sizeof(wants[0]));
        tcase_add_test(tcase, a_full_journal_is_no_silence);
        tcase_add_test(tcase, a_late_look_is_one);
        tcase_add_test(tcase, long_before_it_is_over);
        tcase_add_test(tcase, only_after_the_end);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
