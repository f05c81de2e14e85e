/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "exec/batch.h"
#include "run.h"

#define MS UINT64_C(1000)

static uint8_t bytes[64];

static Batch batch_of(size_t size) {
        return (Batch){ .bytes = bytes, .size = size };
}

static void put(Batch *batch, const char *text, size_t n, uint64_t now) {
        ck_assert_uint_le(n, batch->size - batch->length);
        memcpy(batch->bytes + batch->length, text, n);
        batch_put(batch, STREAM_STDOUT, n, now);
}

/* What the rules say of a batch that got `first` at 0 and `second` at 4 ms. */
static const struct {
        const char *first, *second;
        uint64_t now;
        bool taken;
        size_t due;
} rules[] = {
        /* a whole line goes when journald has taken the one before */
        { "a\n", "", 4 * MS, true, 2 },
        { "a\n", "", 4 * MS, false, 0 },
        { "a\n", "", 10 * MS, false, 2 },
        { "a\n", "", 10 * MS - 1, false, 0 },
        /* the rest behind it does not */
        { "a\nb", "", 4 * MS, true, 2 },
        { "a\nb", "c", 4 * MS, true, 2 },
        { "a\n", "b", 10 * MS, false, 2 },
        { "a\n", "b", 14 * MS, false, 3 },
        { "a\nb", "c", 10 * MS, false, 4 },
        /* a piece of a line waits for 10 ms from its own first byte */
        { "a", "", 9 * MS, true, 0 },
        { "a", "", 10 * MS, true, 1 },
        { "a", "", 10 * MS, false, 1 },
        { "a", "b", 10 * MS, false, 2 },
        { "a", "\nb", 10 * MS, false, 2 },
        { "a", "\nb", 14 * MS, false, 3 },
        /* a full one goes at once, up to the end of a line if it has one */
        { "abcd", "efgh", 4 * MS, false, 8 },
        { "abc\n", "efgh", 4 * MS, false, 4 },
        { "\nbcd", "efg\n", 4 * MS, false, 8 },
        /* nothing goes of nothing */
        { "", "", 100 * MS, true, 0 },
};

START_TEST(rule) {
        Batch batch = batch_of(8);

        if (*rules[_i].first != '\0')
                put(&batch, rules[_i].first, strlen(rules[_i].first), 0);
        if (*rules[_i].second != '\0')
                put(&batch, rules[_i].second, strlen(rules[_i].second), 4 * MS);
        ck_assert_uint_eq(batch_due(&batch, rules[_i].now, rules[_i].taken), rules[_i].due);
}
END_TEST

/* The text cut in three at every pair of places: what goes is the text, in order, and nothing stays. */
static void check_split(const char *text, size_t length, size_t cut, size_t cut2, bool taken) {
        const size_t cuts[] = { 0, cut, cut2, length };
        Batch batch = batch_of(8);
        char gone[64];
        size_t n_gone = 0, n;
        uint64_t now = 0;

        for (size_t part = 0; part < 3; part++) {
                size_t at = cuts[part];

                while (at < cuts[part + 1]) {
                        size_t room = batch.size - batch.length, left = cuts[part + 1] - at;
                        size_t step = left < room ? left : room;

                        ck_assert_uint_gt(room, 0); /* a full batch must always be due */
                        put(&batch, text + at, step, now);
                        at += step;
                        while ((n = batch_due(&batch, now, taken)) > 0) {
                                memcpy(gone + n_gone, batch.bytes, n);
                                n_gone += n;
                                batch_take(&batch, n);
                        }
                        if (taken && batch.length > 0)
                                ck_assert_ptr_null(memchr(batch.bytes, '\n', batch.length));
                }
                now += 3 * MS;
        }
        now += 10 * MS;
        while ((n = batch_due(&batch, now, false)) > 0) {
                memcpy(gone + n_gone, batch.bytes, n);
                n_gone += n;
                batch_take(&batch, n);
        }
        ck_assert_uint_eq(batch.length, 0);
        ck_assert_uint_eq(n_gone, length);
        ck_assert_mem_eq(gone, text, length);
}

START_TEST(every_split) {
        static const char text[] = "ab\n\n\ncd\0e\nlonger than a batch\r\n  x \n\xff\n\nend";
        const size_t length = sizeof(text) - 1;

        for (size_t cut = 0; cut <= length; cut++)
                for (size_t cut2 = cut; cut2 <= length; cut2++) {
                        check_split(text, length, cut, cut2, true);
                        check_split(text, length, cut, cut2, false);
                }
}
END_TEST

/* At its deadline something is due, or another deadline follows; an empty one has none. */
START_TEST(deadlines) {
        Batch batch = batch_of(8);
        uint64_t now = 0, deadline;

        ck_assert_uint_eq(batch_deadline(&batch, 0), UINT64_MAX);
        put(&batch, "a\nb", 3, now);
        for (int i = 0; batch_due(&batch, now, false) == 0; i++) {
                deadline = batch_deadline(&batch, now);
                ck_assert_uint_gt(deadline, now);
                ck_assert_uint_le(deadline, 10 * MS);
                ck_assert_int_lt(i, 20);
                now = deadline;
        }
        ck_assert_uint_eq(now, 10 * MS);
        batch_take(&batch, 3);
        put(&batch, "c", 1, 20 * MS);
        ck_assert_uint_eq(batch_deadline(&batch, 21 * MS), 30 * MS);
}
END_TEST

/* What stays behind a line that has gone counts from its own first byte. */
START_TEST(rest_has_its_own_time) {
        Batch batch = batch_of(8);

        put(&batch, "a\n", 2, 0);
        put(&batch, "b", 1, 4 * MS);
        batch_take(&batch, batch_due(&batch, 5 * MS, true));
        ck_assert_uint_eq(batch.length, 1);
        put(&batch, "\n", 1, 12 * MS);
        ck_assert_uint_eq(batch_due(&batch, 12 * MS, false), 0);
        ck_assert_uint_eq(batch_due(&batch, 14 * MS, false), 2);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-batch");
        TCase *tcase = tcase_create("batch");

        tcase_add_loop_test(tcase, rule, 0, sizeof(rules) / sizeof(rules[0]));
        tcase_add_test(tcase, every_split);
        tcase_add_test(tcase, deadlines);
        tcase_add_test(tcase, rest_has_its_own_time);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
