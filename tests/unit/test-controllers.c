/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <sys/stat.h>

#include "run.h"
#include "systemd/controllers.h"
#include "temporary.h"

static void write_controllers(const char *text) {
        g_autofree char *path = g_build_filename(temporary_path, "cgroup.controllers", NULL);

        ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static bool have(const char *name) {
        return controllers_have(temporary_path, name);
}

START_TEST(unified) {
        write_controllers("cpuset cpu io memory\n");
        ck_assert(have("cpu") && have("io") && have("memory"));
        ck_assert(!have("pids"));
        write_controllers("cpuset\n"); /* no part of a word is one */
        ck_assert(!have("cpu"));
        write_controllers("\n");
        ck_assert(!have("memory"));
}
END_TEST

START_TEST(one_tree_each) {
        static const char *const trees[] = { "memory", "blkio", "cpuset" };

        ck_assert(!have("memory"));
        for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
                g_autofree char *path = g_build_filename(temporary_path, trees[i], NULL);

                ck_assert_int_eq(mkdir(path, 0700), 0);
        }
        ck_assert(have("memory") && have("io"));
        ck_assert(!have("pids"));
        ck_assert(!have("cpuset")); /* systemd sets nothing there */
}
END_TEST

int main(void) {
        Suite *suite = suite_create("controllers");
        TCase *tcase = tcase_create("controllers");

        tcase_add_checked_fixture(tcase, temporary_make, temporary_remove);
        tcase_add_test(tcase, unified);
        tcase_add_test(tcase, one_tree_each);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
