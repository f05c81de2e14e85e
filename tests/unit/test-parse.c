/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "run.h"
#include "wire/names.h"

static const struct {
        const char *text;
        int r;
        uint64_t usec;
} spans[] = {
        { "10", 0, 10000000 },
        { "0", 0, 0 },
        { "0.5", 0, 500000 },
        { "1.000001s", 0, 1000001 },
        { "0.0000019", 0, 1 },
        { ".5", 0, 500000 },
        { " 1 ", 0, 1000000 },
        { "1.5month", 0, UINT64_C(3944700000000) },
        { "1y 2M", 0, UINT64_C(36817200000000) },
        { "7\302\265s", 0, 7 },
        { "7\316\274s 1", 0, 1000007 },
        { "1.5.5", -EINVAL, 0 },
        { ".", -EINVAL, 0 },
        { "5 infinity", -EINVAL, 0 },
        { "1mo", -EINVAL, 0 },
        { "2min 30s", 0, 150000000 },
        { "1h30m", 0, UINT64_C(5400000000) },
        { "250ms", 0, 250000 },
        { "7us", 0, 7 },
        { "1.5min", 0, 90000000 },
        { "1w", 0, UINT64_C(604800000000) },
        { "infinity", 0, UINT64_MAX },
        { "", -EINVAL, 0 },
        { "-1", -EINVAL, 0 },
        { "1x", -EINVAL, 0 },
        { "s", -EINVAL, 0 },
        { "1.", -EINVAL, 0 },
        { "18446744073709551615s", -ERANGE, 0 },
        { "18446744073709551616us", -ERANGE, 0 },
};

START_TEST(timespan) {
        uint64_t usec = 0;

        ck_assert_int_eq(parse_timespan(spans[_i].text, &usec), spans[_i].r);
        ck_assert_uint_eq(usec, spans[_i].usec);
}
END_TEST

static const struct {
        const char *text;
        int r;
        uint64_t bytes;
} sizes[] = {
        { "512", 0, 512 },
        { "16K", 0, 16384 },
        { "1.5G", 0, UINT64_C(1610612736) },
        { "16E", -EINVAL, 0 },
        { "infinity", 0, UINT64_MAX },
        { "1K 1", -EINVAL, 0 },
        { "99999999P", -ERANGE, 0 },
        { "", -EINVAL, 0 },
        { "-1", -EINVAL, 0 },
};

START_TEST(size) {
        uint64_t bytes = 0;

        ck_assert_int_eq(parse_size(sizes[_i].text, &bytes), sizes[_i].r);
        ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

START_TEST(integers) {
        int32_t i = 0;
        uint64_t u = 0;

        ck_assert_int_eq(parse_i32("-2147483648", &i), 0);
        ck_assert_int_eq(i, INT32_MIN);
        ck_assert_int_eq(parse_i32("2147483648", &i), -ERANGE);
        ck_assert_int_eq(parse_i32("-2147483649", &i), -ERANGE);
        ck_assert_int_eq(parse_i32("--1", &i), -EINVAL);
        ck_assert_int_eq(parse_u64("18446744073709551615", &u), 0);
        ck_assert_uint_eq(u, UINT64_MAX);
        ck_assert_int_eq(parse_u64("18446744073709551616", &u), -ERANGE);
}
END_TEST

static const struct {
        const char *text;
        int r;
        int signo;
} signals[] = {
        { "TERM", 0, SIGTERM }, { "SIGUSR1", 0, SIGUSR1 }, { "9", 0, SIGKILL },
        { "64", 0, 64 },        { "65", -ERANGE, 0 },      { "0", -ERANGE, 0 },
        { "-9", -EINVAL, 0 },   { "NOSUCH", -EINVAL, 0 },  { "RTMIN+99", -ERANGE, 0 },
        { "", -EINVAL, 0 },     { "term", -EINVAL, 0 },
};

START_TEST(signal_names) {
        int signo = 0;

        ck_assert_int_eq(parse_signal(signals[_i].text, &signo), signals[_i].r);
        ck_assert_int_eq(signo, signals[_i].signo);
}
END_TEST

START_TEST(uuid) {
        char lower[JOBD_UUID_SIZE];

        ck_assert_int_eq(parse_uuid("3E20ED5C-5FD2-4B0B-8F5A-5A9D6E7C1A11", lower), 0);
        ck_assert_str_eq(lower, "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11");
        ck_assert_int_eq(parse_uuid("3e20ed5c5fd24b0b8f5a5a9d6e7c1a11", lower), -EINVAL);
        ck_assert_int_eq(parse_uuid("", lower), -EINVAL);
}
END_TEST

START_TEST(names) {
        char longest[JOBD_NAME_MAX + 2];

        ck_assert(job_name_is_valid("make all"));
        ck_assert(job_name_is_valid("7"));
        ck_assert(job_name_is_valid("sch\303\266n"));
        ck_assert(!job_name_is_valid(""));
        ck_assert(!job_name_is_valid("a\nb"));
        ck_assert(!job_name_is_valid("\033[31m"));
        ck_assert(!job_name_is_valid("\177"));
        ck_assert(!job_name_is_valid("\302\233")); /* C1: an eight-bit CSI */
        ck_assert(!job_name_is_valid("\377"));
        memset(longest, 'x', sizeof(longest));
        longest[JOBD_NAME_MAX + 1] = '\0';
        ck_assert(!job_name_is_valid(longest));
        longest[JOBD_NAME_MAX] = '\0';
        ck_assert(job_name_is_valid(longest));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("parse");
        TCase *tcase = tcase_create("parse");

        tcase_add_loop_test(tcase, timespan, 0, G_N_ELEMENTS(spans));
        tcase_add_loop_test(tcase, size, 0, G_N_ELEMENTS(sizes));
        tcase_add_test(tcase, integers);
        tcase_add_loop_test(tcase, signal_names, 0, G_N_ELEMENTS(signals));
        tcase_add_test(tcase, uuid);
        tcase_add_test(tcase, names);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
