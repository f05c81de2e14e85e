/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <unistd.h>

#include "ctl/filter-options.h"
#include "run.h"

/* In an order of their own, as words would have named them. */
static const Job jobs[] = {
        { .id = { 4 }, .name = "make", .command = "make -j2 all", .end_usec = 40 },
        { .id = { 2 }, .name = "backup", .command = NULL, .end_usec = 0 },
        { .id = { 1 }, .name = "make all", .command = "make", .end_usec = 50 },
        { .id = { 3 }, .name = "m*", .command = "sh -c '*'", .end_usec = 50 },
};

static const struct {
        const char *words[4];
        uint32_t ids[5];
} chosen[] = {
        { { 0 }, { 4, 2, 1, 3 } },
        { { "--command=make*" }, { 4, 1 } },
        { { "--command=*" }, { 4, 1, 3 } }, /* not what is private */
        { { "--name=make" }, { 4 } },
        { { "--name=m*" }, { 4, 1, 3 } },
        { { "--name=m\\*" }, { 3 } },
        { { "--name=M*" }, { 0 } },
        { { "--name=[" }, { 0 } },
        { { "--newest=0" }, { 0 } },
        { { "--newest=1" }, { 2 } }, /* it has not ended */
        { { "--newest=2" }, { 2, 3 } },
        { { "--newest=3" }, { 2, 1, 3 } },
        { { "--newest=4294967295" }, { 4, 2, 1, 3 } },
        { { "--newest=3", "--newest=1" }, { 2 } }, /* the last one counts */
        { { "--newest=1", "--name=m*" }, { 3 } },  /* of what the others leave */
        { { "--command=make*", "--name=*all", "--newest=1" }, { 1 } },
};

static Ctl ctl = { .verb = &(Verb){ "stop", "[OPTION…] JOB…", "", 1 } };

/* All of the options; what the words mean is in `f`. */
static int parse(Filters *f, const char *const *words, size_t n_words) {
        const Options options = { .filters = f };
        char *argv[6] = { (char *) "stop" };
        int argc = 1;

        for (size_t i = 0; i < n_words && words[i]; i++)
                argv[argc++] = (char *) words[i];
        optind = 0;
        return options_next(&ctl, &options, argc, argv);
}

START_TEST(are_chosen) {
        g_autoptr(GPtrArray) left = g_ptr_array_new();
        g_auto(Filters) f = { 0 };

        ck_assert_int_eq(parse(&f, chosen[_i].words, G_N_ELEMENTS(chosen[_i].words)), OPTIONS_END);
        ck_assert_int_eq(filters_any(&f), chosen[_i].words[0] != NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++)
                g_ptr_array_add(left, (void *) &jobs[i]);
        filters_apply(&f, left);
        for (guint i = 0; i < left->len; i++)
                ck_assert_uint_eq(((const Job *) left->pdata[i])->id.number, chosen[_i].ids[i]);
        ck_assert_uint_eq(chosen[_i].ids[left->len], 0);
}
END_TEST

static const char *const bad[] = {
        "--state=",    "--state=ran",  "--state=Running,", "--has-more-data=maybe",
        "--newest=-1", "--newest=",    "--newest=1.5",     "--newest=4294967296",
        "--before=",   "--after=soon", "--command=",       "--name=",
        "--owner=",
};

START_TEST(are_refused) {
        g_auto(Filters) f = { 0 };

        ck_assert_int_eq(parse(&f, &bad[_i], 1), OPTIONS_ERROR);
}
END_TEST

/* What jobd filters itself it is asked for; what it cannot know is fetched. */
START_TEST(are_asked_for) {
        static const char *const words[] = { "--state=completed,FAILED", "--has-more-data=no", "--after=@5",
                                             "--before=@7" };
        static const char *const more[] = { "--newest=1", "--name=a", "--command=b" };
        g_autoptr(GPtrArray) properties = g_ptr_array_new();
        g_auto(Filters) f = { 0 };
        JobQuery query;

        ck_assert_int_eq(parse(&f, words, G_N_ELEMENTS(words)), OPTIONS_END);
        ck_assert(filters_are_jobds(&f));
        g_ptr_array_add(properties, (void *) "Name");
        query = filters_query(&f, properties);
        ck_assert_str_eq(query.states[0], "Completed");
        ck_assert_str_eq(query.states[1], "Failed");
        ck_assert_ptr_null(query.states[2]);
        ck_assert_int_eq(query.has_more_data, -1);
        ck_assert_uint_eq(query.after_usec, 5000000);
        ck_assert_uint_eq(query.before_usec, 7000000);
        ck_assert_uint_eq(properties->len, 1);

        ck_assert_int_eq(parse(&f, more, G_N_ELEMENTS(more)), OPTIONS_END);
        ck_assert(!filters_are_jobds(&f));
        (void) filters_query(&f, properties);
        ck_assert_uint_eq(properties->len, 3); /* each once */
}
END_TEST

START_TEST(one_will_do_for_a_word) {
        g_auto(Filters) f = { 0 };
        const Options options = { .filters = &f };
        char *words[] = { (char *) "stop", (char *) "--name=x", NULL }, **argv = words;
        int argc = 2, status = STATUS_OK;

        ck_assert(options_none(&ctl, &f, &argc, &argv, &status));
        ck_assert_int_eq(argc, 0);
        f = (Filters){ 0 };
        optind = 0;
        argc = 1;
        argv = words;
        words[1] = NULL;
        ck_assert_int_eq(options_next(&ctl, &options, argc, argv), OPTIONS_END);
        ck_assert(!options_finish(&ctl, &options, &argc, &argv, &status));
        ck_assert_int_eq(status, STATUS_USAGE);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-filters");
        TCase *tcase = tcase_create("ctl-filters");

        tcase_add_loop_test(tcase, are_chosen, 0, G_N_ELEMENTS(chosen));
        tcase_add_loop_test(tcase, are_refused, 0, G_N_ELEMENTS(bad));
        tcase_add_test(tcase, are_asked_for);
        tcase_add_test(tcase, one_will_do_for_a_word);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
