/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "exec/window.h"
#include "run.h"
#include "wire/record.h"

#define SIZE_MAX_USED (66U * 1024U)

/* Record number i: its number, then bytes that follow from it. The sizes come from a fixed series. */
static size_t size_of(uint32_t i, uint32_t scale) {
        return sizeof(i) + (i * UINT32_C(2654435761) >> 7) % scale;
}

static void put(Window *window, uint32_t i, uint32_t scale) {
        size_t size = size_of(i, scale);
        size_t room = i % 50 == 0 ? SIZE_MAX_USED : size;
        uint8_t *to = window_reserve(window, room);

        memset(to, (int) (i & 0xff), room); /* all of the room may be used */
        memcpy(to, &i, sizeof(i));
        window_commit(window, size);
}

/* Takes the next record out, checks that it is whole, and returns its number. */
static uint32_t take(Window *window, uint32_t scale) {
        static uint8_t expected[SIZE_MAX_USED];
        WindowRecord record;
        uint32_t i;

        ck_assert(window_next(window, &record));
        memcpy(&i, record.bytes, sizeof(i));
        ck_assert_uint_eq(record.size, size_of(i, scale));
        ck_assert_int_eq(record.fd, -1);
        memset(expected, (int) (i & 0xff), record.size);
        ck_assert_int_eq(memcmp(record.bytes + sizeof(i), expected, record.size - sizeof(i)), 0);
        window_sent(window);
        return i;
}

static const uint32_t scales[] = { 1, 4, 100, 5000, 65000 };

/* After any number of records a rewind gives the last ones, in order, up to the newest, and enough of
 * them. */
START_TEST(keeps_the_last) {
        uint32_t scale = scales[_i], n = 3000 + 12000000 / (scale + 1000);
        Window window;

        ck_assert_int_eq(window_init(&window), 0);
        for (uint32_t i = 0; i < n; i++) {
                put(&window, i, scale);
                ck_assert_uint_eq(take(&window, scale), i);
                ck_assert(window_is_sent(&window));
                if (i % (n / (scale < 5000 ? 8 : 200)) == 0 || i == n - 1) {
                        uint32_t first, next;
                        size_t kept;

                        window_rewind(&window);
                        first = next = take(&window, scale);
                        kept = size_of(first, scale);
                        while (!window_is_sent(&window)) {
                                ck_assert_uint_eq(take(&window, scale), ++next);
                                kept += size_of(next, scale);
                        }
                        ck_assert_uint_eq(next, i);
                        /* all, or as much as there is room for; small ones have their lengths beside them */
                        if (first > 0 && scale >= 5000)
                                ck_assert_uint_gt(kept, RECORD_WINDOW_MAX * 8 / 10);
                }
        }
        window_free(&window);
}
END_TEST

START_TEST(clears) {
        WindowRecord record;
        Window window;

        ck_assert_int_eq(window_init(&window), 0);
        ck_assert(window_is_empty(&window));
        ck_assert(!window_next(&window, &record));
        put(&window, 1, 100);
        ck_assert(!window_is_sent(&window));
        ck_assert_uint_eq(take(&window, 100), 1);
        put(&window, 2, 100);
        ck_assert_uint_eq(take(&window, 100), 2);
        window_rewind(&window);
        ck_assert_uint_eq(take(&window, 100), 1);
        ck_assert(!window_is_sent(&window));
        window_rewind(&window);
        ck_assert_uint_eq(take(&window, 100), 1);
        ck_assert_uint_eq(take(&window, 100), 2);
        window_clear(&window);
        ck_assert(window_is_empty(&window));
        window_rewind(&window);
        ck_assert(!window_next(&window, &record));
        put(&window, 3, 100);
        ck_assert_uint_eq(take(&window, 100), 3);
        window_free(&window);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-window");
        TCase *tcase = tcase_create("window");

        tcase_add_loop_test(tcase, keeps_the_last, 0, sizeof(scales) / sizeof(scales[0]));
        tcase_add_test(tcase, clears);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
