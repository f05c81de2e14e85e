/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ctl/spec/items.h"
#include "run.h"
#include "temporary.h"

static const struct {
        const char *command[4], *item, *expected[5];
} rows[] = {
        { { "flac", "{}" }, "a.wav", { "flac", "a.wav" } },
        { { "echo" }, "a", { "echo", "a" } },
        { { "sh", "-c", "cat {} >{}.new" }, "x", { "sh", "-c", "cat x >x.new" } },
        { { "{}", "--version" }, "gcc", { "gcc", "--version" } },
        { { "echo", "" }, "a", { "echo", "", "a" } },
        { { "echo", "{", "}" }, "a", { "echo", "{", "}", "a" } },
        { { "echo", "{}{}" }, "", { "echo", "" } },
        /* what an item says is not looked at */
        { { "echo", "{}" }, "{} {}", { "echo", "{} {}" } },
};

START_TEST(substitution) {
        g_auto(GStrv) words = items_substitute((char *const *) rows[_i].command, rows[_i].item);

        ck_assert(g_strv_equal((const char *const *) words, (const char *const *) rows[_i].expected));
}
END_TEST

#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
        const char *text;
        gssize size;
        bool null;
        const char *items[4];
        int status;
} files[] = {
        { BYTES("a\nb\n"), false, { "a", "b" }, 0 },
        { BYTES("a\n\nb"),
          false,
          { "a", "", "b" },
          0 }, /* an empty line is an item, the last needs no end */
        { BYTES("a\r\n"), false, { "a\r" }, 0 },
        { BYTES("a\nb\0c\0"), true, { "a\nb", "c" }, 0 },
        { BYTES("a\0b"), false, { NULL }, STATUS_FAILURE },
        { BYTES(""), false, { NULL }, STATUS_FAILURE },
};

START_TEST(from_a_file) {
        g_auto(Items) items = { 0 };
        g_autoptr(GPtrArray) tasks = NULL;
        g_autofree char *path = g_build_filename(temporary_path, "items", NULL);
        char *command[] = { (char *) "echo", NULL };
        const Ctl ctl = { 0 };

        temporary_write("items", files[_i].text, files[_i].size);
        items_init(&items);
        items.from = path;
        items.null = files[_i].null;
        ck_assert_int_eq(items_apply(&ctl, &items, command, &tasks), files[_i].status);
        if (files[_i].status != 0)
                return;
        ck_assert_uint_eq(tasks->len, g_strv_length((char **) files[_i].items));
        for (guint i = 0; i < tasks->len; i++)
                ck_assert_str_eq(((char **) tasks->pdata[i])[1], files[_i].items[i]);
}
END_TEST

START_TEST(files_by_pattern) {
        g_auto(Items) items = { 0 };
        g_autoptr(GPtrArray) tasks = NULL, none = NULL;
        g_autofree char *pattern = g_build_filename(temporary_path, "*.wav", NULL),
                        *second = g_build_filename(temporary_path, "b.wav", NULL);
        char *command[] = { (char *) "echo", NULL };
        const Ctl ctl = { 0 };

        items_init(&items);
        g_ptr_array_add(items.each, pattern);
        ck_assert_int_eq(items_apply(&ctl, &items, command, &none), STATUS_FAILURE);
        temporary_write("a.wav", "", 0);
        temporary_write("b.wav", "", 0);
        temporary_write("c.mp3", "", 0);
        ck_assert_int_eq(items_apply(&ctl, &items, command, &tasks), 0);
        ck_assert_uint_eq(tasks->len, 2);
        ck_assert_str_eq(((char **) tasks->pdata[1])[1], second);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-items");
        TCase *tcase = tcase_create("ctl-items");

        tcase_add_checked_fixture(tcase, temporary_make, temporary_remove);
        tcase_add_loop_test(tcase, substitution, 0, G_N_ELEMENTS(rows));
        tcase_add_loop_test(tcase, from_a_file, 0, G_N_ELEMENTS(files));
        tcase_add_test(tcase, files_by_pattern);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
