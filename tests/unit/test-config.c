/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "daemon/config.h"
#include "run.h"
#include "temporary.h"

#define GIB UINT64_C(1073741824)

static const struct {
        const char *text;
        uint64_t output_limit;
        uint32_t jobs_max, running_max;
} files[] = {
        { "", 4 * GIB, 100000, 4096 },
        { "[Manager]\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nOutputLimit=16M\nJobsMax=7\nRunningMax=3\n", 16777216, 7, 3 },
        { "# a comment\n[Manager]\nOutputLimit=infinity\n", UINT64_MAX, 100000, 4096 },
        { "[Manager]\nOutputLimit=many\nJobsMax=7\n", 4 * GIB, 7, 4096 },
        { "[Manager]\nJobsMax=-1\nRunningMax=4294967296\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nRunningMax=0\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nRunningMax=16384\n", 4 * GIB, 100000, 16384 },
        { "[Manager]\nRunningMax=16385\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nJobsMax=\nRunningMax=5\n", 4 * GIB, 100000, 5 },
        { "[Manager]\nUnknown=1\nRunningMax=5\n", 4 * GIB, 100000, 5 },
        { "[Other]\nRunningMax=5\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nRunningMax=5\n[Manager]\nJobsMax=6\n", 4 * GIB, 6, 5 },
        /* a slip of the pen must not keep all users from their jobs */
        { "[Manager]\nRunningMax 5\n", 4 * GIB, 100000, 4096 },
        { "JobsMax=6\n", 4 * GIB, 100000, 4096 },
        { "[Manager\nJobsMax=6\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nJobsMax=\377\n", 4 * GIB, 100000, 4096 },
};

START_TEST(load) {
        g_autofree char *path = g_build_filename(temporary_path, "jobd.conf", NULL);
        Config config = {};

        temporary_write("jobd.conf", files[_i].text, -1);
        ck_assert_int_eq(config_load(&config, path), 0);
        ck_assert_uint_eq(config.output_limit, files[_i].output_limit);
        ck_assert_uint_eq(config.jobs_max, files[_i].jobs_max);
        ck_assert_uint_eq(config.running_max, files[_i].running_max);
}
END_TEST

START_TEST(missing) {
        g_autofree char *path = g_build_filename(temporary_path, "jobd.conf", NULL);
        Config config = {};

        ck_assert_int_eq(config_load(&config, path), 0);
        ck_assert_uint_eq(config.output_limit, 4 * GIB);
        ck_assert_uint_eq(config.jobs_max, 100000);
        ck_assert_uint_eq(config.running_max, 4096);
}
END_TEST

START_TEST(unreadable) {
        g_autofree char *path = g_build_filename(temporary_path, "file", "jobd.conf", NULL);
        Config config = {};

        temporary_write("file", "", -1); /* where a directory should be */
        ck_assert_int_lt(config_load(&config, path), 0);
}
END_TEST

/* The file that is installed names every key, with the defaults. */
START_TEST(installed_file) {
        g_autofree char *text = NULL, *path = g_build_filename(temporary_path, "jobd.conf", NULL);
        Config config = {}, defaults = {};

        ck_assert(g_file_get_contents(g_getenv("JOBD_CONF"), &text, NULL, NULL));
        for (char *p = text; (p = strstr(p, "\n#")); p++)
                if (g_ascii_isupper(p[2]) && strchr(p + 2, '=') &&
                    strcspn(p + 2, "=") < strcspn(p + 2, " \n"))
                        p[1] = ' ';
        temporary_write("jobd.conf", text, -1);
        ck_assert_int_eq(config_load(&config, path), 0);
        ck_assert_int_eq(config_load(&defaults, "/nonexistent/jobd.conf"), 0);
        ck_assert_ptr_nonnull(strstr(text, "\n OutputLimit="));
        ck_assert_ptr_nonnull(strstr(text, "\n JobsMax="));
        ck_assert_ptr_nonnull(strstr(text, "\n RunningMax="));
        ck_assert_uint_eq(config.output_limit, defaults.output_limit);
        ck_assert_uint_eq(config.jobs_max, defaults.jobs_max);
        ck_assert_uint_eq(config.running_max, defaults.running_max);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("config");
        TCase *tcase = tcase_create("config");

        tcase_add_checked_fixture(tcase, temporary_make, temporary_remove);
        tcase_add_loop_test(tcase, load, 0, G_N_ELEMENTS(files));
        tcase_add_test(tcase, missing);
        tcase_add_test(tcase, unreadable);
        tcase_add_test(tcase, installed_file);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
