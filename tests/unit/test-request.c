/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "model/request.h"
#include "run.h"

static const struct {
        const char *argv[4];
        const char *text;
} commands[] = {
        { { "make", "-j2", "all" }, "make -j2 all" },
        { { "a=b", "x/y.c", "50%", "1,2:3@h+_" }, "a=b x/y.c 50% 1,2:3@h+_" },
        { { "echo", "a b" }, "echo 'a b'" },
        { { "echo", "" }, "echo ''" },
        { { "it's" }, "'it'\\''s'" },
        { { "$HOME", "*", "a;b" }, "'$HOME' '*' 'a;b'" },
        { { "\"", "\\" }, "'\"' '\\'" },
        { { "a\nb" }, "$'a\\x0ab'" },
        { { "it's\n\\" }, "$'it\\'s\\x0a\\\\'" },
        { { "\033[31m" }, "$'\\x1b[31m'" },
        { { "\177" }, "$'\\x7f'" },
        { { "\302\233" }, "$'\\xc2\\x9b'" },          /* C1: an eight-bit CSI */
        { { "\342\200\256" }, "$'\\xe2\\x80\\xae'" }, /* U+202E: from right to left */
        { { "\342\200\250" }, "$'\\xe2\\x80\\xa8'" }, /* U+2028: a line separator */
        { { "a\377b" }, "$'a\\xffb'" },
        { { "$'a'" }, "'$'\\''a'\\'''" }, /* not what the escaped ones are */
        { { "…" }, "'…'" },               /* nor what is cut */
        { { "gr\303\274n" }, "'gr\303\274n'" },
        { { "\303" }, "$'\\xc3'" }, /* half of a character */
};

static JobRequest *request_of(const char *const *argv, size_t n) {
        JobRequest *request = job_request_new();

        request->argv = g_new0(char *, n + 1);
        for (size_t i = 0; i < n && argv[i]; i++)
                request->argv[i] = g_strdup(argv[i]);
        return request;
}

START_TEST(describe) {
        g_autoptr(JobRequest) request = request_of(commands[_i].argv, G_N_ELEMENTS(commands[_i].argv));
        g_autofree char *text = job_request_describe(request, 512);

        ck_assert_str_eq(text, commands[_i].text);
        ck_assert(g_utf8_validate(text, -1, NULL));
}
END_TEST

/* At every length: valid UTF-8, not too long, cut with an ellipsis if and only if something is missing. */
START_TEST(cut) {
        static const char *const argv[] = { "printf", "%s\\n", "\303\244\342\202\254\360\237\220\247'\377\n",
                                            "end" };
        g_autoptr(JobRequest) request = request_of(argv, G_N_ELEMENTS(argv));
        g_autofree char *whole = job_request_describe(request, 512),
                        *text = job_request_describe(request, (size_t) _i);
        size_t length = strlen(text);

        ck_assert_uint_le(length, (size_t) _i);
        ck_assert(g_utf8_validate(text, -1, NULL));
        if ((size_t) _i >= strlen(whole)) {
                ck_assert_str_eq(text, whole);
                return;
        }
        ck_assert(g_str_has_suffix(text, "…"));
        ck_assert(strncmp(text, whole, length - strlen("…")) == 0);
        /* no more is cut off than a character may need */
        ck_assert_uint_gt(length + 4, (size_t) _i);
}
END_TEST

START_TEST(long_words) {
        g_autofree char *word = g_strnfill(2U * 1024U * 1024U, '\377');
        const char *const argv[] = { word };
        g_autoptr(JobRequest) request = request_of(argv, 1);
        g_autofree char *text = job_request_describe(request, 512);

        ck_assert_uint_le(strlen(text), 512);
        ck_assert(g_utf8_validate(text, -1, NULL));
        ck_assert(g_str_has_suffix(text, "…"));
}
END_TEST

START_TEST(defaults) {
        g_autoptr(JobRequest) request = job_request_new();

        ck_assert_uint_eq(job_values_number(request->values, JOB_OPTION_UMASK), 0022);
        ck_assert_int_eq(request->standard_input, -1);
        ck_assert_uint_eq(job_values_number(request->values, JOB_OPTION_RUNTIME_MAX), UINT64_MAX);
        ck_assert_uint_eq(job_values_number(request->values, JOB_OPTION_STOP_TIMEOUT), 10000000);
        ck_assert_uint_eq(job_request_output_limit(request).bytes, UINT64_MAX);
        ck_assert(!job_request_output_limit(request).block);
}
END_TEST

START_TEST(success) {
        g_autoptr(JobRequest) request = job_request_new();

        ck_assert(job_request_is_success(request, 0));
        ck_assert(!job_request_is_success(request, 3));
        job_values_set(request->values, JOB_OPTION_SUCCESS_EXIT_STATUS, g_variant_new_parsed("[3]"));
        ck_assert(job_request_is_success(request, 3));
        ck_assert(job_request_is_success(request, 0));
        ck_assert(!job_request_is_success(request, 1));
}
END_TEST

START_TEST(output_limit) {
        g_autoptr(JobRequest) request = job_request_new();

        job_request_limit_output(request, 10000);
        ck_assert_uint_eq(job_request_output_limit(request).bytes, 10000);
        job_request_limit_output(request, UINT64_MAX);
        ck_assert_uint_eq(job_request_output_limit(request).bytes, 10000);
        job_values_set(request->values, JOB_OPTION_OUTPUT_FULL, g_variant_new_string("block"));
        ck_assert(job_request_output_limit(request).block);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("request");
        TCase *tcase = tcase_create("request");

        tcase_add_loop_test(tcase, describe, 0, G_N_ELEMENTS(commands));
        tcase_add_loop_test(tcase, cut, 3, 64);
        tcase_add_test(tcase, long_words);
        tcase_add_test(tcase, defaults);
        tcase_add_test(tcase, success);
        tcase_add_test(tcase, output_limit);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
