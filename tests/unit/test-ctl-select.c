/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <unistd.h>

#include "ctl/select.h"
#include "run.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"

static const Job jobs[] = {
        { .id = { 1 }, .name = "make", .uuid = "", .owner = 1000 },
        { .id = { 2 }, .name = "make all", .uuid = UUID, .owner = 1000 },
        { .id = { 3 }, .name = "make", .uuid = "", .owner = 1000 },
        { .id = { 4 }, .name = "a*b", .uuid = "", .owner = 1000 },
        { .id = { 5 }, .name = "axb", .uuid = "", .owner = 1000 },
        { .id = { 7 }, .name = "12", .uuid = "", .owner = 1000 },
        { .id = { 9 }, .name = "make", .uuid = "", .owner = 1001 },
        { .id = { 11 }, .name = "7x", .uuid = "", .owner = 1000 },
        { .id = { 12 }, .name = "b\\c", .uuid = "", .owner = 1000 },
};

static const Ctl ctl;
static const uint32_t owner = 1000;

static const struct {
        const char *words[4];
        int status;
        uint32_t ids[6];
} rows[] = {
        { { "7" }, 0, { 7 } },
        { { "12" }, 0, { 12 } }, /* an id, though job 7 is called that */
        { { "8" }, 3, { 0 } },
        { { "007" }, 3, { 0 } },
        { { "0" }, 3, { 0 } },
        { { "4294967303" }, 3, { 0 } }, /* 7 beyond 32 bits */
        { { "-1" }, 3, { 0 } },
        { { "7.2" }, 3, { 0 } },
        { { "7x" }, 0, { 11 } },
        { { "7y" }, 3, { 0 } },
        { { "make" }, 0, { 1, 3 } },
        { { "MAKE" }, 3, { 0 } },
        { { "make*" }, 0, { 1, 2, 3 } },
        { { "m?ke" }, 0, { 1, 3 } },
        { { "[m]ake" }, 0, { 1, 3 } },
        { { "zz*" }, 0, { 0 } }, /* a pattern without a match is no error */
        { { "a*b" }, 0, { 4 } }, /* literally first */
        { { "a\\*b" }, 0, { 4 } },
        { { "a\\*c" }, 3, { 0 } },
        { { "a?b" }, 0, { 4, 5 } },
        { { "b\\c" }, 0, { 12 } },
        { { "" }, 3, { 0 } },
        { { "make*", "1", "3", "2" }, 0, { 1, 2, 3 } }, /* once, at the first place */
        { { "3", "make", "3" }, 0, { 3, 1 } },
        { { "99", "1", "nobody" }, 3, { 1 } },
        { { UUID, "2" }, 0, { 2 } },
        { { "3E20ED5C-5FD2-4B0B-8F5A-5A9D6E7C1A11" }, 0, { 2 } },
        { { "00000000-5fd2-4b0b-8f5a-5a9d6e7c1a11" }, 3, { 0 } },
};

START_TEST(selected) {
        JobList list = { .jobs = g_array_new(FALSE, FALSE, sizeof(Job)) };
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(JobId));
        char *words[G_N_ELEMENTS(rows[0].words) + 1] = { 0 };

        for (size_t i = 0; i < G_N_ELEMENTS(rows[0].words); i++)
                words[i] = (char *) rows[_i].words[i];
        g_array_append_vals(list.jobs, jobs, G_N_ELEMENTS(jobs));
        ck_assert_int_eq(select_from(&ctl, &list, words, &owner, false, found), rows[_i].status);
        for (guint i = 0; i < found->len; i++)
                ck_assert_uint_eq(g_array_index(found, JobId, i).number, rows[_i].ids[i]);
        ck_assert_uint_eq(rows[_i].ids[found->len], 0);
        job_list_done(&list);
}
END_TEST

/* Of a family by their labels; by name only if they are asked for, and then with their parent. */
static const struct {
        const char *word;
        bool children;
        int status;
        const char *labels[4];
} families[] = {
        { "7.2", false, 0, { "7.2" } },
        { "7.3", false, 3, { NULL } },
        { "7.02", false, 3, { NULL } },
        { "7", false, 0, { "7" } },
        { "7", true, 0, { "7", "7.1", "7.2" } },
        { "7.1", true, 0, { "7.1" } },
        { "conv.1", false, 3, { NULL } },
        { "conv.1", true, 0, { "7.1" } },
        { "conv*", false, 0, { "7" } },
        { "conv", true, 0, { "7", "7.1", "7.2" } },
        { "conv*", true, 0, { "7", "7.1", "7.2" } },
};

START_TEST(children) {
        static const Job some[] = {
                { .id = { 7 }, .name = "conv", .uuid = "", .owner = 1000 },
                { .id = { 7, 1 }, .name = "conv.1", .uuid = "", .owner = 1000 },
                { .id = { 7, 2 }, .name = "conv.2", .uuid = "", .owner = 1000 },
                { .id = { 8 }, .name = "other", .uuid = "", .owner = 1000 },
        };
        JobList list = { .jobs = g_array_new(FALSE, FALSE, sizeof(Job)) };
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(JobId));
        char *words[] = { (char *) families[_i].word, NULL };

        g_array_append_vals(list.jobs, some, G_N_ELEMENTS(some));
        ck_assert_int_eq(select_from(&ctl, &list, words, &owner, families[_i].children, found),
                         families[_i].status);
        ck_assert_uint_eq(found->len, g_strv_length((char **) families[_i].labels));
        for (guint i = 0; i < found->len; i++)
                ck_assert_str_eq(job_id_label(g_array_index(found, JobId, i)).text, families[_i].labels[i]);
        job_list_done(&list);
}
END_TEST

START_TEST(everybody) {
        JobList list = { .jobs = g_array_new(FALSE, FALSE, sizeof(Job)) };
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(JobId));
        char *words[] = { (char *) "make", NULL };

        g_array_append_vals(list.jobs, jobs, G_N_ELEMENTS(jobs));
        ck_assert_int_eq(select_from(&ctl, &list, words, NULL, false, found), 0);
        ck_assert_uint_eq(found->len, 3);
        job_list_done(&list);
}
END_TEST

START_TEST(ids_without_a_list) {
        g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(JobId));
        char *words[] = { (char *) "7", (char *) "4294967295", (char *) "7", NULL };

        ck_assert_int_eq(select_from(&ctl, NULL, words, &owner, false, found), 0);
        ck_assert_uint_eq(found->len, 2);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-select");
        TCase *tcase = tcase_create("ctl-select");

        tcase_add_loop_test(tcase, selected, 0, G_N_ELEMENTS(rows));
        tcase_add_loop_test(tcase, children, 0, G_N_ELEMENTS(families));
        tcase_add_test(tcase, everybody);
        tcase_add_test(tcase, ids_without_a_list);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
