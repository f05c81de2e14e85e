/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/verbs.h"
#include "run.h"

static const struct {
        const char *words[4];
        VerbId verb;
        const char *meant[5];
} lines[] = {
        { { 0 }, VERB_LIST, { "list" } },
        { { "list", "-a" }, VERB_LIST, { "list", "-a" } },
        { { "7" }, VERB_STATUS, { "status", "7" } },
        { { "7", "make" }, VERB_STATUS, { "status", "7", "make" } },
        { { "7.2" }, VERB_STATUS, { "status", "7.2" } },
        { { "0" }, VERB_STATUS, { "status", "0" } },
        { { "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11" },
          VERB_STATUS,
          { "status", "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11" } },
        { { "make" }, _VERB_INVALID, { "make" } }, /* a name may be a mistyped verb */
        { { "ps", "-a" }, VERB_LIST, { "list", "-a" } },
        { { "ls" }, VERB_LIST, { "list" } },
        { { "rm", "--force", "7" }, VERB_REMOVE, { "remove", "--force", "7" } },
        { { "logs", "-f", "7" }, VERB_RECEIVE, { "receive", "--keep", "-f", "7" } },
        { { "help", "wait" }, VERB_WAIT, { "wait", "--help" } },
        { { "help", "rm" }, VERB_REMOVE, { "remove", "--help" } },
        { { "help", "help" }, _VERB_INVALID, { "help", "--help" } },
        { { "help" }, _VERB_INVALID, { "help" } },
        { { "" }, _VERB_INVALID, { "" } },
        { { "list", "ps" }, VERB_LIST, { "list", "ps" } },
};

START_TEST(is_understood) {
        g_autoptr(GPtrArray) meant = g_ptr_array_new();
        char *words[G_N_ELEMENTS(lines[0].words) + 1] = { 0 };

        for (size_t i = 0; i < G_N_ELEMENTS(lines[0].words); i++)
                words[i] = (char *) lines[_i].words[i];
        ck_assert_int_eq(verb_understand(words, meant), lines[_i].verb);
        for (guint i = 0; i < meant->len; i++)
                ck_assert_pstr_eq(meant->pdata[i], lines[_i].meant[i]);
        ck_assert_ptr_null(meant->pdata[meant->len - 1]);
}
END_TEST

static const struct {
        const char *word, *nearest;
} slips[] = {
        { "lst", "list" },       { "lsit", "list" },
        { "lists", "list" },     { "sotp", "stop" },
        { "strat", "start" },    { "recieve", "receive" },
        { "recive", "receive" }, { "romeve", "remove" },
        { "kil", "kill" },       { "wiat", "wait" },
        { "stauts", "status" },  { "", NULL },
        { "x", NULL },           { "sleep", NULL },
        { "make", NULL },        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
};

START_TEST(is_near) {
        ck_assert_pstr_eq(verb_nearest(slips[_i].word), slips[_i].nearest);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-verbs");
        TCase *tcase = tcase_create("ctl-verbs");

        tcase_add_loop_test(tcase, is_understood, 0, G_N_ELEMENTS(lines));
        tcase_add_loop_test(tcase, is_near, 0, G_N_ELEMENTS(slips));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
