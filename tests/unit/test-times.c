/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "ctl/text/timestamp.h"
#include "run.h"

/*
 * Times and spans against systemd-analyze, word by word; and that every time which is written can be read
 * again, in every zone and in hours that come twice.
 */

#define SEC      UINT64_C(1000000)
#define N_RANDOM 300U

static char *analyzer;

/* What `systemd-analyze VERB` prints of the words: of each that it takes, the value of the line that begins
 * with `line`. */
static GHashTable *analyze(const char *verb, GPtrArray *words, const char *line) {
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_autofree char *out = NULL, *word = NULL;
        g_auto(GStrv) lines = NULL;

        g_ptr_array_add(argv, analyzer);
        g_ptr_array_add(argv, (char *) verb);
        g_ptr_array_add(argv, (char *) "--");
        for (guint i = 0; i < words->len; i++)
                g_ptr_array_add(argv, words->pdata[i]);
        g_ptr_array_add(argv, NULL);
        ck_assert(g_spawn_sync(NULL, (char **) argv->pdata, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               &out, NULL, NULL, NULL));
        lines = g_strsplit(out, "\n", -1);
        for (char **p = lines; *p; p++) {
                const char *text = g_strstrip(*p), *colon = strstr(text, ": ");

                if (!colon)
                        continue;
                if (g_str_has_prefix(text, "Original")) {
                        g_free(word);
                        word = g_strdup(colon + 2);
                } else if (word && strncmp(text, line, strlen(line)) == 0)
                        (void) g_hash_table_replace(values, g_strdup(word), g_strdup(colon + 2));
        }
        return values;
}

static const char *const span_words[] = {
        "10",
        "0",
        "0.5",
        "1.000001s",
        "2min 30s",
        "1h30m",
        "1h30",
        "250ms",
        "7us",
        "7\302\265s",
        "7\316\274s",
        "1.5min",
        "1w",
        "infinity",
        "1y",
        "1M",
        "1month",
        "2months",
        "1y 12month",
        "2 h",
        "2hours",
        "48hr",
        "55s500ms",
        "300ms20s 5day",
        "5 5",
        ".5",
        "5s .5",
        "1.5y",
        "0.25M",
        "3 weeks",
        "1 week 1 w",
        "1.234567h",
        "05",
        "infinity ",
        "1usec",
        "1msec",
        "2seconds",
        "1 sec",
        "3minutes",
        "1minute",
        "4 days 1 day",
        "1.999999d",
        /* not taken */
        "",
        "-1",
        "1x",
        "s",
        "1.",
        "1.5.5",
        "5..5",
        "1,5",
        "1e3",
        "0x5",
        "1Min",
        "1mo",
        "5 infinity",
        "1h-5min",
        "99999999999999999999",
        "584600y",
        "ago",
};

static void append_random_span(GRand *rand, GString *out) {
        static const char *const units[] = {
                "",        "s",    "sec",   "second", "seconds", "m",         "min",      "minute",
                "minutes", "h",    "hr",    "hour",   "hours",   "d",         "day",      "days",
                "w",       "week", "weeks", "M",      "month",   "months",    "y",        "year",
                "years",   "ms",   "msec",  "us",     "usec",    "\302\265s", "\316\274s"
        };
        int n = g_rand_int_range(rand, 1, 5);

        for (int i = 0; i < n; i++) {
                const char *unit = units[g_rand_int_range(rand, 0, G_N_ELEMENTS(units))];

                g_string_append_printf(out, "%d", g_rand_int_range(rand, 0, 2000));
                if (g_rand_boolean(rand))
                        g_string_append_printf(out, ".%0*d", g_rand_int_range(rand, 1, 7),
                                               g_rand_int_range(rand, 0, 10));
                g_string_append_printf(out, "%s%s%s", g_rand_boolean(rand) ? " " : "", unit,
                                       unit[0] == '\0' || g_rand_boolean(rand) ? " " : "");
        }
        g_string_truncate(out, strlen(g_strchomp(out->str)));
}

static void check_spans(GPtrArray *words) {
        g_autoptr(GHashTable) known = analyze("timespan", words, "us");

        for (guint i = 0; i < words->len; i++) {
                g_autofree char *stripped = g_strstrip(g_strdup(words->pdata[i])), *got = NULL;
                const char *want = g_hash_table_lookup(known, stripped);
                uint64_t usec = 0;

                if (parse_timespan(words->pdata[i], &usec) >= 0)
                        got = g_strdup_printf("%" G_GUINT64_FORMAT, usec);
                ck_assert_msg(g_strcmp0(got, want) == 0, "'%s': %s, and systemd has %s",
                              (char *) words->pdata[i], got, want);
        }
}

START_TEST(spans) {
        /* it stops at the first that it does not take */
        for (size_t i = 0; i < G_N_ELEMENTS(span_words); i++) {
                g_autoptr(GPtrArray) word = g_ptr_array_new();

                g_ptr_array_add(word, (char *) span_words[i]);
                check_spans(word);
        }
}
END_TEST

START_TEST(random_spans) {
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GRand) rand = g_rand_new_with_seed(1);

        for (unsigned i = 0; i < N_RANDOM; i++) {
                GString *word = g_string_new(NULL);

                append_random_span(rand, word);
                g_ptr_array_add(words, g_string_free(word, FALSE));
        }
        check_spans(words);
}
END_TEST

static const char *const zones[] = {
        "UTC",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "<+0530>-5:30",
        "<-03>3",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", /* half an hour of summer */
        "IST-1GMT0,M10.5.0,M3.5.0/1",           /* a summer that is winter */
        "Europe/Berlin",
        "America/St_Johns",
        "Pacific/Apia",
};

static void set_zone(const char *zone) {
        setenv("TZ", zone, 1);
        tzset();
}

static const char *const time_words[] = {
        "2026-11-20 13:00:05",
        "2026-11-20 13:00",
        "2026-11-20",
        "26-11-20",
        "26-11-20 13:00",
        "Fri 2026-11-20 13:00:05",
        "friday 2026-11-20",
        "FRI 26-11-20 13:00",
        "2026-11-20 13:00:05 UTC",
        "Fri 2026-11-20 13:00:05 UTC",
        "2026-11-20 13:00:05.654563",
        "2026-1-5 9:5",
        "2026-11-20 23:59:60",
        "2028-02-29",
        "2026-02-29",
        "2026-02-31 10:00:00",
        "Tue 2026-02-31",
        "2026-04-31 UTC",
        "2026-04-31 23:59:60",
        "Fri 2026-11-20 23:59:60",
        "Sat 2026-11-20 23:59:60",
        "1970-01-02",
        "2026-10-25 01:59:59",
        "2026-03-29 03:00",
        "@1395716396",
        "@1395716396.5",
        "@1h",
        "@2min 5s",
        "today UTC",
        "today",
        "yesterday",
        "tomorrow",
        "now",
        "+3h30min",
        "-5s",
        "11min ago",
        "5 min ago",
        "5 min left",
        "+ 5 min",
        "1y 2month ago",
        /* not taken */
        "Thu 2026-11-20",
        "Fre 2026-11-20",
        "Sat 2026-02-31",
        "2026-02-32",
        "2026-01-00",
        "2026-13-01",
        "25:00",
        "2026-11-20 13:00x",
        "2026-11-20 13:00.5",
        "2026-11-20 13:00:05.",
        "1h",
        "ago",
        " ago",
        "+",
        "@",
        "",
        "soon",
        "1969-12-31",
        "10000-01-01",
};

START_TEST(times) {
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        g_autoptr(GHashTable) known = NULL;
        guint n_taken = 0;

        set_zone(zones[_i]);
        for (size_t i = 0; i < G_N_ELEMENTS(time_words); i++)
                g_ptr_array_add(words, (char *) time_words[i]);
        known = analyze("timestamp", words, "UNIX seconds");
        for (guint i = 0; i < words->len; i++) {
                const char *word = words->pdata[i], *want = g_hash_table_lookup(known, word);
                uint64_t got = 0, wanted = 0;

                ck_assert_msg((timestamp_parse(word, timestamp_now(), &got) >= 0) == (want != NULL),
                              "'%s' in %s: %s", word, zones[_i],
                              want ? "systemd takes it" : "systemd does not");
                if (!want)
                        continue;
                n_taken++;
                ck_assert_int_ge(parse_timespan(want + 1, &wanted), 0);
                /* what is relative to now was asked some time ago */
                ck_assert_msg(got >= wanted && got - wanted < 60 * SEC,
                              "'%s' in %s: %s, not %" G_GUINT64_FORMAT, word, zones[_i], want, got);
        }
        ck_assert_uint_gt(n_taken, 20);
}
END_TEST

/* Around the changes of the clock of a year, and a year of other times. */
START_TEST(written_and_read) {
        const uint64_t begin = UINT64_C(1767225600) * SEC; /* 2026 */

        set_zone(zones[_i]);
        for (uint64_t t = begin; t < begin + 366 * 86400 * SEC; t += 1777 * SEC) {
                g_autofree char *text = timestamp_format(t);
                uint64_t usec = 0;

                ck_assert_msg(timestamp_parse(text, begin, &usec) >= 0, "%s", text);
                ck_assert_msg(usec == t, "%s in %s", text, zones[_i]);
        }
}
END_TEST

int main(void) {
        Suite *suite = suite_create("times");
        TCase *tcase = tcase_create("times");

        analyzer = g_find_program_in_path("systemd-analyze");
        setenv("LC_ALL", "C", 1);
        if (analyzer) {
                tcase_add_test(tcase, spans);
                tcase_add_test(tcase, random_spans);
                tcase_add_loop_test(tcase, times, 0, G_N_ELEMENTS(zones));
        }
        tcase_add_loop_test(tcase, written_and_read, 0, G_N_ELEMENTS(zones));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
