/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/family.h"
#include "run.h"

#define CHILDREN_MAX 4U

enum {
        NONE = -1, /* no more children */
        /* a child that has ended without having begun */
        NEVER = 100,
};

/* The rule, row by row; a state that stands for itself is of a child that has begun, if it can have. */
static const struct {
        int children[CHILDREN_MAX];
        JobState parent;
} rows[] = {
        { { JOB_NOT_STARTED, NONE }, JOB_NOT_STARTED },
        { { JOB_NOT_STARTED, JOB_NOT_STARTED, NONE }, JOB_NOT_STARTED },
        { { JOB_RUNNING, JOB_NOT_STARTED, NONE }, JOB_RUNNING },
        { { JOB_COMPLETED, JOB_NOT_STARTED, NONE }, JOB_RUNNING },
        { { JOB_STOPPED + NEVER, JOB_NOT_STARTED, NONE }, JOB_NOT_STARTED },
        { { JOB_RUNNING, JOB_FAILED, NONE }, JOB_RUNNING },
        /* all finished */
        { { JOB_COMPLETED, JOB_COMPLETED, NONE }, JOB_COMPLETED },
        { { JOB_COMPLETED, JOB_FAILED, JOB_COMPLETED, NONE }, JOB_FAILED },
        { { JOB_STOPPED, JOB_FAILED, NONE }, JOB_FAILED },
        { { JOB_COMPLETED, JOB_STOPPED, NONE }, JOB_STOPPED },
        { { JOB_STOPPED + NEVER, JOB_COMPLETED, NONE }, JOB_STOPPED },
        /* one that waits for somebody is what somebody must know */
        { { JOB_BLOCKED, JOB_RUNNING, NONE }, JOB_BLOCKED },
        { { JOB_BLOCKED, JOB_SUSPENDED, JOB_FAILED, NONE }, JOB_BLOCKED },
        /* all that are left */
        { { JOB_DISCONNECTED, JOB_DISCONNECTED, NONE }, JOB_DISCONNECTED },
        { { JOB_DISCONNECTED, JOB_COMPLETED, NONE }, JOB_DISCONNECTED },
        { { JOB_DISCONNECTED, JOB_RUNNING, NONE }, JOB_RUNNING },
        { { JOB_SUSPENDED, JOB_SUSPENDED, NONE }, JOB_SUSPENDED },
        { { JOB_SUSPENDED, JOB_FAILED, NONE }, JOB_SUSPENDED },
        { { JOB_SUSPENDED, JOB_SUSPENDING, NONE }, JOB_SUSPENDING },
        { { JOB_SUSPENDED, JOB_RUNNING, NONE }, JOB_RUNNING },
        { { JOB_SUSPENDED, JOB_NOT_STARTED, NONE }, JOB_RUNNING },
        { { JOB_STOPPING, JOB_STOPPING, NONE }, JOB_STOPPING },
        { { JOB_STOPPING, JOB_SUSPENDED, JOB_SUSPENDING, NONE }, JOB_STOPPING },
        { { JOB_STOPPING, JOB_STOPPED, NONE }, JOB_STOPPING },
        { { JOB_STOPPING, JOB_RUNNING, NONE }, JOB_RUNNING },
        { { JOB_STOPPING, JOB_DISCONNECTED, NONE }, JOB_RUNNING },
};

START_TEST(state_of_children) {
        FamilyCounts counts = { .n = 0 };

        for (; counts.n < CHILDREN_MAX && rows[_i].children[counts.n] != NONE; counts.n++) {
                int child = rows[_i].children[counts.n];
                bool never = child >= NEVER || child == JOB_NOT_STARTED;

                counts.in[child % NEVER]++;
                counts.begun = counts.begun || !never;
        }
        ck_assert_int_eq(family_state(&counts), rows[_i].parent);
}
END_TEST

/* Job 7 with so many children. */
static Job *parent;
static Job *children[CHILDREN_MAX];

static Job *make(JobId id) {
        return job_new(id, "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11", 1000, 1000, NULL);
}

static void setup(void) {
        parent = make(job_id(7));
        job_found_family(parent, CHILDREN_MAX, 2);
        for (uint32_t i = 0; i < CHILDREN_MAX; i++) {
                children[i] = make((JobId){ .number = 7, .child = i + 1 });
                job_add_child(parent, children[i]);
        }
}

static void teardown(void) {
        for (uint32_t i = 0; i < CHILDREN_MAX; i++)
                job_free(children[i]);
        job_free(parent);
}

static void run(guint i, uint64_t now) {
        ck_assert_int_eq(job_set_state(children[i], JOB_RUNNING, now), 0);
}

static void finish(guint i, JobState state, JobResult result, const char *reason, uint64_t now) {
        Outcome outcome = { .state = state, .result = result, .reason = (char *) reason, .exit_code = 1 };

        ck_assert_int_eq(job_settle(children[i], &outcome, now), 0);
        job_finish(children[i]);
}

START_TEST(outcome_of_the_first_that_failed) {
        g_auto(Outcome) outcome = {};

        for (guint i = 0; i < CHILDREN_MAX; i++)
                run(i, 100 - i);
        finish(0, JOB_STOPPED, JOB_RESULT_STOPPED, "stopped by bob", 200);
        finish(3, JOB_FAILED, JOB_RESULT_SIGNAL, "killed by signal SEGV", 300);
        finish(1, JOB_COMPLETED, JOB_RESULT_SUCCESS, "", 500);
        finish(2, JOB_FAILED, JOB_RESULT_EXIT_CODE, "exited with status 1", 400);
        family_outcome(parent, &outcome);
        ck_assert_int_eq(outcome.state, JOB_FAILED);
        ck_assert_int_eq(outcome.result, JOB_RESULT_EXIT_CODE);
        ck_assert_str_eq(outcome.reason, "2 of 4 failed; 7.3: exited with status 1");
        ck_assert_int_eq(outcome.exit_code, -1);
        ck_assert_uint_eq(family_begun(parent), 97);
        ck_assert_uint_eq(family_ended(parent), 500);
}
END_TEST

START_TEST(outcome_of_stopped) {
        g_auto(Outcome) outcome = {};

        finish(0, JOB_STOPPED, JOB_RESULT_STOPPED, "stopped by bob", 200);
        for (guint i = 1; i < CHILDREN_MAX; i++) {
                run(i, 100);
                finish(i, JOB_COMPLETED, JOB_RESULT_SUCCESS, "", 200);
        }
        family_outcome(parent, &outcome);
        ck_assert_int_eq(outcome.state, JOB_STOPPED);
        ck_assert_str_eq(outcome.reason, "1 of 4 stopped; 7.1: stopped by bob");
}
END_TEST

START_TEST(records_of_all_are_lost) {
        g_auto(Outcome) outcome = {};

        g_ptr_array_set_size(parent->family->children, 0);
        family_outcome(parent, &outcome);
        ck_assert_int_eq(outcome.state, JOB_FAILED);
        ck_assert_int_eq(outcome.result, JOB_RESULT_LOST);
}
END_TEST

START_TEST(places_in_order) {
        guint running;

        ck_assert_ptr_eq(family_next(parent, &running), children[0]);
        ck_assert_uint_eq(running, 0);
        job_set_place(children[0], true);
        job_set_place(children[1], true);
        ck_assert_ptr_eq(family_next(parent, &running), children[2]);
        ck_assert_uint_eq(running, 2);
        /* an end that is not told yet has given its place away */
        run(0, 1);
        ck_assert_int_eq(job_settle(children[0], &(Outcome){ .state = JOB_COMPLETED, .reason = (char *) "" },
                                    2),
                         0);
        (void) family_next(parent, &running);
        ck_assert_uint_eq(running, 1);
        /* one that could not be started waits again, before the others */
        job_set_place(children[1], false);
        ck_assert_ptr_eq(family_next(parent, &running), children[1]);
        ck_assert_uint_eq(running, 0);
}
END_TEST

START_TEST(output_is_the_sum) {
        JobOutput output;

        children[0]->output.next[0] = 10;
        children[0]->output.unread = 4;
        children[1]->output.next[1] = 5;
        children[1]->output.unread = 5;
        children[3]->output.dropped = 3;
        output = job_output(parent);
        ck_assert_uint_eq(output.bytes, 15);
        ck_assert_uint_eq(output.unread, 9);
        ck_assert_uint_eq(output.dropped, 3);
        ck_assert(job_has_more_data(parent));
}
END_TEST

/* A parent goes where its children are, edge or not: they may be resumed while others stop. */
START_TEST(parent_follows) {
        job_follow_children(parent, JOB_STOPPING, 5);
        job_follow_children(parent, JOB_RUNNING, 5);
        ck_assert_int_eq(parent->state, JOB_RUNNING);
        ck_assert_uint_eq(parent->begun, 5);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("family");
        TCase *tcase = tcase_create("family");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, state_of_children, 0, G_N_ELEMENTS(rows));
        tcase_add_test(tcase, outcome_of_the_first_that_failed);
        tcase_add_test(tcase, outcome_of_stopped);
        tcase_add_test(tcase, records_of_all_are_lost);
        tcase_add_test(tcase, places_in_order);
        tcase_add_test(tcase, output_is_the_sum);
        tcase_add_test(tcase, parent_follows);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
