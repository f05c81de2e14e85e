/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/format.h"
#include "base/json.h"
#include "base/sanitize.h"
#include "ctl/table.h"
#include "ctl/text/timestamp.h"
#include "run.h"

static const struct {
        const char *text, *safe, *safe_lines;
} texts[] = {
        { "plain", "plain", "plain" },
        { "a\tb\nc\r", "a\\tb\\nc\\r", "a\tb\nc\\r" },
        { "\033[31mred\033]0;t\007", "\\x1b[31mred\\x1b]0;t\\x07", "\\x1b[31mred\\x1b]0;t\\x07" },
        { "\177", "\\x7f", "\\x7f" },
        { "sch\303\266n", "sch\303\266n", "sch\303\266n" },
        { "\377\376", "\\xff\\xfe", "\\xff\\xfe" },
        { "\303", "\\xc3", "\\xc3" },
        { "\302\233m", "\\u009bm", "\\u009bm" },              /* an eight-bit CSI */
        { "\342\200\256evil", "\\u202eevil", "\\u202eevil" }, /* right-to-left override */
        { "\342\200\250", "\\u2028", "\\u2028" },             /* line separator */
        { "a\342\201\246b\342\201\251", "a\\u2066b\\u2069", "a\\u2066b\\u2069" }, /* isolates */
        { "a\342\200\213b\342\200\215", "a\\u200bb\\u200d", "a\\u200bb\\u200d" }, /* zero width */
        { "\357\273\277\302\255", "\\ufeff\\u00ad", "\\ufeff\\u00ad" },           /* BOM, soft hyphen */
        { "\330\234", "\\u061c", "\\u061c" },                                     /* Arabic letter mark */
        { "\363\240\201\201", "\\U000e0041", "\\U000e0041" },                     /* a tag character */
        { "\343\205\244", "\\u3164", "\\u3164" },                                 /* a letter of nothing */
        { "\355\240\200", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },                 /* a surrogate */
        { "\360\237\230\200", "\360\237\230\200", "\360\237\230\200" },
};

START_TEST(neutralised) {
        g_autofree char *safe = sanitize(texts[_i].text), *lines = sanitize_lines(texts[_i].text);

        ck_assert_str_eq(safe, texts[_i].safe);
        ck_assert_str_eq(lines, texts[_i].safe_lines);
}
END_TEST

/* Of every character there is: none that is not to be seen, or that does something else than be seen. */
START_TEST(nothing_unseen) {
        for (gunichar ch = 1; ch <= 0x10ffff; ch++) {
                GUnicodeType type = g_unichar_type(ch);
                char text[7] = "";
                g_autofree char *safe = NULL;

                if (type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_UNASSIGNED &&
                    type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR &&
                    type != G_UNICODE_SURROGATE)
                        continue;
                (void) g_unichar_to_utf8(ch, text);
                safe = sanitize(text);
                ck_assert_msg(safe[0] == '\\', "U+%04X", ch);
        }
}
END_TEST

static const struct {
        const char *text;
        size_t width;
        const char *cut;
} cuts[] = {
        { "abcdef", 6, "abcdef" },
        { "abcdef", 5, "abcd\342\200\246" },
        { "abcdef", 1, "\342\200\246" },
        { "abcdef", 0, "" },
        { "\346\227\245\346\234\254", 4, "\346\227\245\346\234\254" },
        { "\346\227\245\346\234\254", 3, "\346\227\245\342\200\246" },
        { "\346\227\245\346\234\254", 2, "\342\200\246" }, /* half a wide character does not fit */
        { "e\314\201e\314\201", 2, "e\314\201e\314\201" }, /* combining: no width of its own */
};

START_TEST(cut) {
        g_autofree char *result = text_ellipsize(cuts[_i].text, cuts[_i].width);

        ck_assert_str_eq(result, cuts[_i].cut);
        ck_assert_uint_le(text_width(result), cuts[_i].width);
}
END_TEST

/* Unlike commands are written unlike in every locale. */
START_TEST(commands) {
        static const char *const written[] = { "echo \303\244", "echo '\\xc3\\xa4'", "echo '\\u00e4'",
                                               "echo $'\\xc3\\xa4'", "echo \303\244 ''" };

        ck_assert_ptr_nonnull(setlocale(LC_CTYPE, _i ? "C" : "C.UTF-8"));
        for (size_t i = 0; i < G_N_ELEMENTS(written); i++) {
                g_autofree char *one = sanitize_command(written[i]);

                if (_i)
                        ck_assert(g_str_is_ascii(one));
                else
                        ck_assert_str_eq(one, written[i]);
                for (size_t k = 0; k < i; k++) {
                        g_autofree char *other = sanitize_command(written[k]);

                        ck_assert_str_ne(one, other);
                }
        }
}
END_TEST

static const Column columns[] = {
        { .title = "ID", .right = true },
        { .title = "NAME", .cut_to = 4 },
        { .title = "REASON", .cut_to = 6, .only_if_used = true },
};

static char *table_text(const char *const *cells, size_t width, bool bare, bool colours) {
        g_autoptr(Table) t = table_new(columns, 3);
        GString *out = g_string_new(NULL);

        for (; *cells; cells++)
                table_add(t, *cells, COLOUR_BAD);
        table_print(t, out, width, bare, colours);
        return g_string_free(out, FALSE);
}

START_TEST(table) {
        static const char *const cells[] = { "7", "make all", "", "10", "\346\227\245", "why not", NULL };
        static const char *const no_reason[] = { "7", "make all", "", NULL };
        g_autofree char *whole = table_text(cells, 0, false, false),
                        *bare = table_text(no_reason, 0, true, false);
        g_autofree char *narrow = table_text(cells, 16, true, false),
                        *coloured = table_text(no_reason, 0, true, true);

        ck_assert_str_eq(whole, "ID NAME     REASON\n 7 make all\n10 \346\227\245       why not\n");
        ck_assert_str_eq(bare, "7 make all\n");
        ck_assert_str_eq(narrow, " 7 make \342\200\246\n10 \346\227\245     why n\342\200\246\n");
        ck_assert_str_eq(coloured, "\033[0;1;31m7\033[0m \033[0;1;31mmake all\033[0m\n");
}
END_TEST

/* At 80 columns nothing that tells jobs apart makes way for what does not. */
START_TEST(table_constants) {
        static const Column four[] = {
                { .title = "ID", .right = true },
                { .title = "TYPE", .drop_if_same = true },
                { .title = "NAME", .cut_to = 6, .least = 3 },
                { .title = "REASON", .cut_to = 8, .least = 4 },
        };
        static const char *const same[] = { "7", "Job", "abcdefgh", "it failed so", "8", "Job", "b", "x" };
        static const char *const unlike[] = { "7", "Job", "abcdefgh", "it failed so", "8", "Far", "b", "x" };
        static const struct {
                const char *const *cells;
                size_t width;
                const char *text;
        } cases[] = {
                { same, 0, "7 Job abcdefgh it failed so\n8 Job b        x\n" },
                { same, 27, "7 Job abcdefgh it failed so\n8 Job b        x\n" },
                { same, 26, "7 abcdefgh it failed so\n8 b        x\n" },
                { same, 20, "7 abcdefgh it faile\342\200\246\n8 b        x\n" },
                { unlike, 21, "7 Job abcde\342\200\246 it fail\342\200\246\n8 Far b      x\n" },
                { same, 15, "7 abc\342\200\246 it fail\342\200\246\n8 b    x\n" },
                { same, 10, "7 ab\342\200\246 it \342\200\246\n8 b   x\n" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autoptr(Table) t = table_new(four, G_N_ELEMENTS(four));
                g_autoptr(GString) out = g_string_new(NULL);

                for (size_t k = 0; k < G_N_ELEMENTS(same); k++)
                        table_add(t, cases[i].cells[k], COLOUR_NONE);
                table_print(t, out, cases[i].width, true, false);
                ck_assert_str_eq(out->str, cases[i].text);
        }
}
END_TEST

START_TEST(json) {
        g_autoptr(GString) out = g_string_new(NULL);
        Json j = json_start(out, false);

        json_open(&j, NULL, '[');
        json_open(&j, NULL, '{');
        json_string(&j, "a\"b", "q\"\\\n\t\001\177\303\266");
        json_string(&j, "escapes", "\302\2331m\342\200\256\363\240\200\201");
        json_bytes(&j, "raw", "\377\0", 2);
        json_u64(&j, "max", UINT64_MAX);
        json_i64(&j, "min", INT64_MIN);
        json_bool(&j, "yes", true);
        json_string(&j, "seen", "\342\200\256\302\233\363\240\201\201\360\237\230\200");
        json_null(&j, "none");
        json_open(&j, "empty", '[');
        json_close(&j, ']');
        json_close(&j, '}');
        json_u64(&j, NULL, 1);
        json_close(&j, ']');
        ck_assert_str_eq(out->str, "[{\"a\\\"b\":\"q\\\"\\\\\\n\\t\\u0001\\u007f\303\266\","
                                   "\"escapes\":\"\\u009b1m\\u202e\\udb40\\udc01\",\"raw\":[255,0],"
                                   "\"max\":18446744073709551615,\"min\":-9223372036854775808,\"yes\":true,"
                                   "\"seen\":\"\\u202e\\u009b\\udb40\\udc41\360\237\230\200\","
                                   "\"none\":null,\"empty\":[]},1]");
}
END_TEST

START_TEST(json_pretty) {
        g_autoptr(GString) out = g_string_new(NULL);
        Json j = json_start(out, true);

        json_open(&j, NULL, '[');
        json_open(&j, NULL, '{');
        json_u64(&j, "Id", 7);
        json_close(&j, '}');
        json_close(&j, ']');
        ck_assert_str_eq(out->str, "[\n\t{\n\t\t\"Id\" : 7\n\t}\n]");
}
END_TEST

#define NOW UINT64_C(1795179600000000) /* 2026-11-20 13:00:00 UTC */
#define SEC UINT64_C(1000000)

static const struct {
        const char *text;
        int r;
        uint64_t usec;
} times[] = {
        { "now", 0, NOW },
        { "@1795179600", 0, NOW },
        { "@1795179600.000001", 0, NOW + 1 },
        { "@", -EINVAL, 0 },
        { "@1h", 0, 3600 * SEC },
        { "@infinity", -EINVAL, 0 },
        { "20", -EINVAL, 0 },
        { "Fri 2026-11-20 13:00:00 UTC", 0, NOW },
        { "friday 2026-11-20 13:00", 0, NOW },
        { "Thu 2026-11-20 13:00", -EINVAL, 0 },
        { "26-11-20 13:00:00.000042", 0, NOW + 42 },
        { "2026-11-20 13:00:00.0000419", 0, NOW + 42 },
        { "2026-11-20 13:00.5", -EINVAL, 0 },
        { "2026-11-20T13:00:00Z", 0, NOW },
        { "2026-11-20T14:30:00.5+01:30", 0, NOW + SEC / 2 },
        { "2026-11-20 08:00 -05", 0, NOW },
        { "2026-11-20 18:30 +0530", 0, NOW },
        { "2026-11-20 13:00 XYZ", -EINVAL, 0 },
        { "2026-11-20 13:00 ../UTC", -EINVAL, 0 },
        { "today utc", 0, NOW - 13 * 3600 * SEC },
        { "Nov 20 13:00:00.000042", 0, NOW + 42 },
        { "Nov 20 11:00", 0, NOW - 7200 * SEC },
        { "Dec 24 13:00:00", 0, NOW - 331 * 86400 * SEC },
        { "Nov 31 13:00:00", 0, NOW - 354 * 86400 * SEC }, /* 1 December, of last year */
        { "5 min left", 0, NOW + 300 * SEC },
        { "+infinity", -EINVAL, 0 },
        { "1month ago", 0, NOW - 2629800 * SEC },
        { "584000y left", -EINVAL, 0 },
        { "2026-11-20 13:00", 0, NOW },
        { "2026-11-20 13:00:05", 0, NOW + 5 * SEC },
        { "2026-11-20 13:00 UTC", 0, NOW },
        { "2026-11-20", 0, NOW - 13 * 3600 * SEC },
        { "today", 0, NOW - 13 * 3600 * SEC },
        { "yesterday", 0, NOW - 37 * 3600 * SEC },
        { "tomorrow", 0, NOW + 11 * 3600 * SEC },
        { "12:30", 0, NOW - 1800 * SEC },
        { "-1h", 0, NOW - 3600 * SEC },
        { "1h ago", 0, NOW - 3600 * SEC },
        { "2min 30s ago", 0, NOW - 150 * SEC },
        { "+10min", 0, NOW + 600 * SEC },
        { "99999w ago", 0, 0 },
        { "", -EINVAL, 0 },
        { "1h", -EINVAL, 0 },
        { "ago", -EINVAL, 0 },
        { "2026-02-31", 0, NOW - 13 * 3600 * SEC - 262 * 86400 * SEC }, /* 3 March */
        { "2026-02-32", -EINVAL, 0 },
        { "2026-13-01", -EINVAL, 0 },
        { "25:00", -EINVAL, 0 },
        { "2026-11-20 13:00x", -EINVAL, 0 },
        { "@18446744073709551615", -EINVAL, 0 },
};

START_TEST(timestamp) {
        uint64_t usec = 0;

        ck_assert_int_eq(timestamp_parse(times[_i].text, NOW, &usec), times[_i].r);
        ck_assert_uint_eq(usec, times[_i].usec);
}
END_TEST

START_TEST(time_zone) {
        g_autofree char *text = NULL;
        uint64_t usec = 0;

        setenv("TZ", "CET-1", 1);
        tzset();
        ck_assert_int_eq(timestamp_parse("2026-11-20 14:00", NOW, &usec), 0);
        ck_assert_uint_eq(usec, NOW);
        ck_assert_int_eq(timestamp_parse("2026-11-20 13:00 UTC", NOW, &usec), 0);
        ck_assert_uint_eq(usec, NOW);
        text = timestamp_format(NOW);
        ck_assert_str_eq(text, "Fri 2026-11-20 14:00:00 CET");
}
END_TEST

static const struct {
        uint64_t usec;
        const char *whole, *brief;
} spans[] = {
        { 0, "0", "0" },
        { 7, "7us", "7us" },
        { 38921, "38ms 921us", "38ms" },
        { 10 * SEC, "10s", "10s" },
        { 3905 * SEC, "1h 5min 5s", "1h 5min" },
        { 3605 * SEC, "1h 5s", "1h" },
        { UINT64_MAX, "infinity", "infinity" },
};

START_TEST(span) {
        g_autofree char *whole = format_timespan(spans[_i].usec),
                        *brief = format_timespan_short(spans[_i].usec);

        ck_assert_str_eq(whole, spans[_i].whole);
        ck_assert_str_eq(brief, spans[_i].brief);
}
END_TEST

static const struct {
        uint64_t bytes;
        const char *text;
} amounts[] = {
        { 0, "0B" }, { 1023, "1023B" }, { 1024, "1K" }, { 1536, "1.5K" }, { UINT64_MAX, "infinity" },
};

START_TEST(amount) {
        g_autofree char *text = format_size_short(amounts[_i].bytes);

        ck_assert_str_eq(text, amounts[_i].text);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-text");
        TCase *tcase = tcase_create("ctl-text");

        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return 77;
        setenv("TZ", "UTC", 1);
        tcase_add_loop_test(tcase, neutralised, 0, G_N_ELEMENTS(texts));
        tcase_add_test(tcase, nothing_unseen);
        tcase_add_loop_test(tcase, cut, 0, G_N_ELEMENTS(cuts));
        tcase_add_loop_test(tcase, commands, 0, 2);
        tcase_add_test(tcase, table);
        tcase_add_test(tcase, table_constants);
        tcase_add_test(tcase, json);
        tcase_add_test(tcase, json_pretty);
        tcase_add_loop_test(tcase, timestamp, 0, G_N_ELEMENTS(times));
        tcase_add_test(tcase, time_zone);
        tcase_add_loop_test(tcase, span, 0, G_N_ELEMENTS(spans));
        tcase_add_loop_test(tcase, amount, 0, G_N_ELEMENTS(amounts));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
