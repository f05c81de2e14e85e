/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/config-file.h"
#include "daemon/config.h"
#include "run.h"
#include "temporary.h"

#define GIB UINT64_C(1073741824)

static char *dirs[4]; /* etc, run, lib */
static Config config;
static GPtrArray *files, *problems;

static void setup(void) {
        static const char *const names[] = { "etc", "run", "lib" };

        temporary_make();
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                dirs[i] = g_build_filename(temporary_path, names[i], NULL);
        files = g_ptr_array_new_with_free_func(g_free);
        problems = g_ptr_array_new_with_free_func(g_free);
        memset(&config, 0xff, sizeof(config));
}

static void teardown(void) {
        for (size_t i = 0; i < 3; i++)
                g_free(dirs[i]);
        g_ptr_array_unref(files);
        g_ptr_array_unref(problems);
        temporary_remove();
}

static void load(void) {
        config_load(&config, (const char *const *) dirs, files, problems);
}

/* The paths and texts, without the temporary directory, one a line. */
static char *text_of(GPtrArray *lines) {
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < lines->len; i++)
                g_string_append_printf(text, "%s\n", (const char *) g_ptr_array_index(lines, i));
        (void) g_string_replace(text, temporary_path, "", 0);
        return g_string_free(text, FALSE);
}

static void assert_lines(GPtrArray *lines, const char *expected) {
        g_autofree char *text = text_of(lines);

        ck_assert_str_eq(text, expected);
}

#define CONF "/etc/jobd.conf"

static const struct {
        const char *text, *problems;
        uint64_t output_limit;
        uint32_t jobs_max, running_max;
} texts[] = {
        { "", "", 4 * GIB, 100000, 4096 },
        { "[Manager]\n", "", 4 * GIB, 100000, 4096 },
        { "[Manager]\nOutputLimit=16M\nJobsMax=7\nRunningMax=3", "", 16777216, 7, 3 },
        { " \t\n; a\n# b=c\n[Manager]\n\t JobsMax \t= 7 \n#RunningMax=3\n", "", 4 * GIB, 7, 4096 },
        { "[Manager]\nOutputLimit=infinity\n", "", UINT64_MAX, 100000, 4096 },
        { "[Manager]\nJobsMax=5\nJobsMax=6\n[Manager]\nRunningMax=16384\n", "", 4 * GIB, 6, 16384 },
        { "[Manager]\nJobsMax=7\n\nOutputLimit=many\n",
          CONF ":4: OutputLimit=: 'many' is not a size from 4K to infinity\n", 4 * GIB, 7, 4096 },
        { "[Manager]\nOutputLimit=4095\n",
          CONF ":2: OutputLimit=: '4095' is not a size from 4K to infinity\n", 4 * GIB, 100000, 4096 },
        { "[Manager]\nOutputLimit=4096\n", "", 4096, 100000, 4096 },
        { "[Manager]\nJobsMax=1000001\nRunningMax=0\n",
          CONF ":2: JobsMax=: '1000001' is not a number from 1 to 1000000\n" CONF
               ":3: RunningMax=: '0' is not a number from 1 to 16384\n",
          4 * GIB, 100000, 4096 },
        { "[Manager]\nJobsMax=-1\nRunningMax=4294967297\n",
          CONF ":2: JobsMax=: '-1' is not a number from 1 to 1000000\n" CONF
               ":3: RunningMax=: '4294967297' is not a number from 1 to 16384\n",
          4 * GIB, 100000, 4096 },
        /* what stood before stands */
        { "[Manager]\nJobsMax=5\nJobsMax=\n", CONF ":3: JobsMax=: '' is not a number from 1 to 1000000\n",
          4 * GIB, 5, 4096 },
        { "[Manager]\nJobsMax=5 6\n", CONF ":2: JobsMax=: '5 6' is not a number from 1 to 1000000\n",
          4 * GIB, 100000, 4096 },
        /* lines are not continued */
        { "[Manager]\nJobsMax=5\\\nRunningMax=6\n",
          CONF ":2: JobsMax=: '5\\' is not a number from 1 to 1000000\n", 4 * GIB, 100000, 6 },
        { "[Manager]\nUnknown=1\nRunningMax=5\n", CONF ":2: Unknown=: there is no such setting\n", 4 * GIB,
          100000, 5 },
        { "[Manager]\njobsmax=1\n", CONF ":2: jobsmax=: there is no such setting\n", 4 * GIB, 100000, 4096 },
        { "[Other]\nJobsMax=5\n[Manager]\nRunningMax=5\n",
          CONF ":1: '[Other]' is not a section: [Manager] is\n", 4 * GIB, 100000, 5 },
        { "[Manager\nJobsMax=6\n", CONF ":1: '[Manager' is not a section: [Manager] is\n", 4 * GIB, 100000,
          4096 },
        { "[Manager] x\n", CONF ":1: '[Manager] x' is not a section: [Manager] is\n", 4 * GIB, 100000,
          4096 },
        { "JobsMax=6\n[Manager]\nRunningMax=5\n", CONF ":1: 'JobsMax=6' stands before [Manager]\n", 4 * GIB,
          100000, 5 },
        { "[Manager]\nRunningMax 5\n=5\n",
          CONF ":2: 'RunningMax 5' is neither [SECTION] nor KEY=VALUE\n" CONF
               ":3: '=5' is neither [SECTION] nor KEY=VALUE\n",
          4 * GIB, 100000, 4096 },
        { "[Manager]\nJobsMax=\377\nRunningMax=5\r\nJobsMax=9\n",
          CONF ":2: the line is not UTF-8, or contains control characters\n" CONF
               ":3: the line is not UTF-8, or contains control characters\n",
          4 * GIB, 9, 4096 },
};

START_TEST(main_file) {
        temporary_write("etc/jobd.conf", texts[_i].text, -1);
        load();
        assert_lines(problems, texts[_i].problems);
        assert_lines(files, CONF "\n");
        ck_assert_uint_eq(config.output_limit, texts[_i].output_limit);
        ck_assert_uint_eq(config.jobs_max, texts[_i].jobs_max);
        ck_assert_uint_eq(config.running_max, texts[_i].running_max);
}
END_TEST

/* The administrator's jobd.conf stands for the installation's; an empty one masks it. */
START_TEST(one_main_file) {
        temporary_write("lib/jobd.conf", "[Manager]\nJobsMax=2\nRunningMax=2\n", -1);
        load();
        assert_lines(files, "/lib/jobd.conf\n");
        ck_assert_uint_eq(config.jobs_max, 2);

        temporary_write("etc/jobd.conf", "[Manager]\nJobsMax=3\n", -1);
        g_ptr_array_set_size(files, 0);
        load();
        assert_lines(files, CONF "\n");
        ck_assert_uint_eq(config.jobs_max, 3);
        ck_assert_uint_eq(config.running_max, 4096);

        temporary_write("etc/jobd.conf", "", -1);
        load();
        ck_assert_uint_eq(config.jobs_max, 100000);
}
END_TEST

START_TEST(nul_in_the_file) {
        static const char text[] = "[Manager]\nJobsMax=5\0\nRunningMax=6\n";

        temporary_write("etc/jobd.conf", text, sizeof(text) - 1);
        load();
        assert_lines(problems, CONF ":2: the line is not UTF-8, or contains control characters\n");
        ck_assert_uint_eq(config.jobs_max, 100000);
        ck_assert_uint_eq(config.running_max, 6);
}
END_TEST

static uint64_t value_of(const ConfigKey *key) {
        const void *field = (const char *) &config + key->offset;

        return key->type == CONFIG_NUMBER ? *(const uint32_t *) field : *(const uint64_t *) field;
}

static void write_setting(const ConfigKey *key, uint64_t value) {
        g_autofree char *text = value == UINT64_MAX
                                                ? g_strdup_printf("[Manager]\n%s=infinity\n", key->name)
                                                : g_strdup_printf("[Manager]\n%s=%" G_GUINT64_FORMAT "\n",
                                                                  key->name, value);

        temporary_write("etc/jobd.conf", text, -1);
        g_ptr_array_set_size(problems, 0);
        load();
}

START_TEST(bounds) {
        const ConfigKey *key = config_keys + _i;

        load();
        ck_assert_uint_eq(value_of(key), key->fallback);
        write_setting(key, key->min);
        ck_assert_uint_eq(problems->len, 0);
        ck_assert_uint_eq(value_of(key), key->min);
        write_setting(key, key->max);
        ck_assert_uint_eq(problems->len, 0);
        ck_assert_uint_eq(value_of(key), key->max);
        write_setting(key, key->min - 1);
        ck_assert_uint_eq(problems->len, 1);
        ck_assert_uint_eq(value_of(key), key->fallback);
        if (key->max == UINT64_MAX)
                return;
        write_setting(key, key->max + 1);
        ck_assert_uint_eq(problems->len, 1);
        ck_assert_uint_eq(value_of(key), key->fallback);
        write_setting(key, UINT64_MAX);
        ck_assert_uint_eq(problems->len, 1);
}
END_TEST

START_TEST(missing) {
        load();
        assert_lines(problems, "");
        assert_lines(files, "");
        ck_assert_uint_eq(config.jobs_max, 100000);
}
END_TEST

START_TEST(drop_ins) {
        temporary_write("etc/jobd.conf", "[Manager]\nJobsMax=1\nRunningMax=1\nUserJobsMax=1\n", -1);
        temporary_write("lib/jobd.conf.d/50-b.conf", "[Manager]\nJobsMax=2\nUserRunningMax=2\n", -1);
        temporary_write("lib/jobd.conf.d/20-a.conf", "[Manager]\nJobsMax=3\nRunningMax=3\n", -1);
        temporary_write("run/jobd.conf.d/50-b.conf", "[Manager]\nJobsMax=4\n", -1);
        temporary_write("etc/jobd.conf.d/90-c.conf", "[Manager]\nUserWaitingMax=5\n", -1);
        temporary_write("etc/jobd.conf.d/95-d.conf.bak", "[Manager]\nJobsMax=6\n", -1);
        temporary_write("etc/jobd.conf.d/.#96-e.conf", "[Manager]\nJobsMax=7\n", -1);
        load();
        assert_lines(problems, "");
        assert_lines(files, CONF "\n/lib/jobd.conf.d/20-a.conf\n/run/jobd.conf.d/50-b.conf\n"
                                 "/etc/jobd.conf.d/90-c.conf\n");
        ck_assert_uint_eq(config.jobs_max, 4);
        ck_assert_uint_eq(config.running_max, 3);
        ck_assert_uint_eq(config.user_jobs_max, 1);
        ck_assert_uint_eq(config.user_running_max,
                          1024); /* the file of that name in /run is the one that counts */
        ck_assert_uint_eq(config.user_waiting_max, 5);
}
END_TEST

START_TEST(masks) {
        g_autofree char *link = g_build_filename(temporary_path, "run/jobd.conf.d/b.conf", NULL);

        temporary_write("lib/jobd.conf.d/a.conf", "[Manager]\nJobsMax=2\n", -1);
        temporary_write("lib/jobd.conf.d/b.conf", "[Manager]\nRunningMax=2\n", -1);
        temporary_write("lib/jobd.conf.d/c.conf", "[Manager]\nUserJobsMax=2\n", -1);
        temporary_write("etc/jobd.conf.d/a.conf", "", -1);
        temporary_write("run/jobd.conf.d/c2.conf", "", -1);
        ck_assert_int_eq(symlink("/dev/null", link), 0);
        load();
        assert_lines(problems, "");
        ck_assert_uint_eq(config.jobs_max, 100000);
        ck_assert_uint_eq(config.running_max, 4096);
        ck_assert_uint_eq(config.user_jobs_max, 2);
}
END_TEST

/* Told with its file; what the other files say counts. */
START_TEST(error_in_a_drop_in) {
        temporary_write("etc/jobd.conf", "[Manager]\nJobsMax=5\n", -1);
        temporary_write("etc/jobd.conf.d/a.conf", "[Manager]\n\nJobsMax=x\n", -1);
        temporary_write("etc/jobd.conf.d/b.conf", "[Manager]\nRunningMax=6\n", -1);
        load();
        assert_lines(problems,
                     "/etc/jobd.conf.d/a.conf:3: JobsMax=: 'x' is not a number from 1 to 1000000\n");
        ck_assert_uint_eq(config.jobs_max, 5);
        ck_assert_uint_eq(config.running_max, 6);
}
END_TEST

START_TEST(no_file) {
        g_autofree char *etc = g_build_filename(temporary_path, "etc", NULL),
                        *conf = g_build_filename(etc, "jobd.conf", NULL),
                        *dropins = g_build_filename(etc, "jobd.conf.d", NULL);

        ck_assert_int_eq(g_mkdir_with_parents(conf, 0700), 0);
        ck_assert(g_file_set_contents(dropins, "", 0, NULL)); /* where a directory should be */
        temporary_write("run/jobd.conf.d/a.conf", "[Manager]\nJobsMax=6\n", -1);
        load();
        assert_lines(problems, CONF ": Is a directory\n/etc/jobd.conf.d: Not a directory\n");
        ck_assert_uint_eq(config.jobs_max, 6);
}
END_TEST

START_TEST(nobody_is_waited_for) {
        g_autofree char *path = g_build_filename(dirs[0], "jobd.conf", NULL);

        ck_assert_int_eq(g_mkdir_with_parents(dirs[0], 0700), 0);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        load();
        assert_lines(problems, CONF ": it is not a file\n");
}
END_TEST

START_TEST(too_large) {
        g_autofree char *large = g_strnfill(CONFIG_FILE_SIZE_MAX, '\n');

        temporary_write("etc/jobd.conf", large, -1);
        load();
        assert_lines(problems, "");
        temporary_write("etc/jobd.conf.d/a.conf", large, CONFIG_FILE_SIZE_MAX);
        temporary_write("etc/jobd.conf.d/b.conf", "#", -1);
        g_free(large);
        large = g_strnfill(CONFIG_FILE_SIZE_MAX + 1, '\n');
        temporary_write("etc/jobd.conf.d/b.conf", large, -1);
        load();
        assert_lines(problems, "/etc/jobd.conf.d/b.conf: it has more than 65536 bytes\n");
}
END_TEST

START_TEST(too_many) {
        for (unsigned i = 0; i <= CONFIG_DROPINS_MAX; i++) {
                g_autofree char *path = g_strdup_printf("etc/jobd.conf.d/%u.conf", i);

                temporary_write(path, "", -1);
        }
        load();
        assert_lines(problems, "/etc/jobd.conf.d: more than 256 files\n");
}
END_TEST

/* The file that is installed names every setting, with its default. */
START_TEST(installed_file) {
        g_autofree char *text = NULL;
        Config defaults;

        load();
        defaults = config;
        ck_assert(g_file_get_contents(g_getenv("JOBD_CONF"), &text, NULL, NULL));
        for (size_t i = 0; i < n_config_keys; i++) {
                g_autofree char *line = g_strdup_printf("\n#%s=", config_keys[i].name);
                char *found = strstr(text, line);

                ck_assert_msg(found, "%s= is missing", config_keys[i].name);
                found[1] = ' ';
        }
        ck_assert_ptr_null(strstr(strstr(text, "[Manager]"), "\n#")); /* nor anything else */
        temporary_write("etc/jobd.conf", text, -1);
        memset(&config, 0xff, sizeof(config));
        load();
        assert_lines(problems, "");
        for (size_t i = 0; i < n_config_keys; i++) {
                uint64_t installed = value_of(config_keys + i);

                ck_assert_msg(installed == config_keys[i].fallback, "%s=", config_keys[i].name);
        }
        ck_assert_mem_eq(&config, &defaults, sizeof(config));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("config");
        TCase *tcase = tcase_create("config");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, main_file, 0, G_N_ELEMENTS(texts));
        tcase_add_test(tcase, one_main_file);
        tcase_add_test(tcase, nul_in_the_file);
        tcase_add_loop_test(tcase, bounds, 0, (int) n_config_keys);
        tcase_add_test(tcase, missing);
        tcase_add_test(tcase, drop_ins);
        tcase_add_test(tcase, masks);
        tcase_add_test(tcase, error_in_a_drop_in);
        tcase_add_test(tcase, no_file);
        tcase_add_test(tcase, nobody_is_waited_for);
        tcase_add_test(tcase, too_large);
        tcase_add_test(tcase, too_many);
        tcase_add_test(tcase, installed_file);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
