/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <errno.h>
#include <string.h>

#include "base/user.h"
#include "model/job-table.h"
#include "run.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"

/* What the observer was told last, and how often. */
static struct {
        unsigned n;
        JobChange what;
        JobState previous;
        bool had_request;
        unsigned n_removed;
        JobId removed; /* and whether it was in the table then */
        bool was_there;
} told;

static void on_changed(Job *job, JobChange what, JobState previous, void *userdata) {
        told.n++;
        told.what = what;
        told.previous = previous;
        told.had_request = job->request;
}

static void on_removed(JobId id, void *userdata) {
        JobTable **table = userdata;

        told.n_removed++;
        told.removed = id;
        told.was_there = job_table_find(*table, id) != NULL;
}

static JobTable *table_new(void) {
        memset(&told, 0, sizeof(told));
        return job_table_new(&(JobObserver){ .changed = on_changed });
}

static Job *add_job(JobTable *table, uint32_t id) {
        JobRequest *request = job_request_new();
        const char *const argv[] = { "sleep", "1 h", NULL };
        Job *job;

        request->argv = g_strdupv((char **) argv);
        request->directory = g_strdup("/tmp");
        job = job_new(job_id(id), UUID, 1000, 1001, request);
        job_table_add(table, job);
        return job;
}

START_TEST(new_job) {
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);
        g_autofree char *name = job_dup_name(job);

        ck_assert_uint_eq(job->id.number, 7);
        ck_assert_str_eq(job->uuid, UUID);
        ck_assert_str_eq(name, "Job7");
        ck_assert_uint_eq(job->owner, 1000);
        ck_assert_uint_eq(job->uid, 1001);
        ck_assert_str_eq(job->command, "sleep '1 h'");
        ck_assert_str_eq(job->directory, "/tmp");
        ck_assert_str_eq(job_state_to_string(job->state), "NotStarted");
        ck_assert_int_eq(job->exit_code, -1);
        ck_assert(job_has_more_data(job));
}
END_TEST

START_TEST(states_and_times) {
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        ck_assert_int_eq(job_set_state(job, JOB_BLOCKED, 10), -EINVAL); /* no such edge */
        ck_assert_uint_eq(told.n, 0);
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 20), 0);
        ck_assert_uint_eq(told.n, 1);
        ck_assert_int_eq(told.what & JOB_CHANGE_STATE, JOB_CHANGE_STATE);
        ck_assert_int_eq(told.previous, JOB_NOT_STARTED);
        ck_assert_int_eq(job_set_state(job, JOB_SUSPENDED, 30), 0);
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 40), 0);
        ck_assert_uint_eq(job->begun, 20);                                /* set once */
        ck_assert_int_eq(job_set_state(job, JOB_COMPLETED, 50), -EINVAL); /* that is job_finish() */
        ck_assert_uint_eq(job->ended, 0);
        ck_assert_uint_eq(told.n, 3);
}
END_TEST

START_TEST(finish) {
        Outcome outcome = { JOB_FAILED, JOB_RESULT_EXIT_CODE, (char *) "exited with status 3", 3, 0, 0 };
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7), foreseen;

        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 20), 0);
        ck_assert_int_eq(job_settle(job, &outcome, 90), 0);

        /* settled, and nobody is told; but nothing else can become of it */
        ck_assert_uint_eq(told.n, 1);
        ck_assert_str_eq(job_state_to_string(job->state), "Running");
        ck_assert_ptr_null(job->reason);
        foreseen = job_foreseen(job);
        ck_assert_str_eq(job_state_to_string(foreseen.state), "Failed");
        ck_assert_str_eq(foreseen.reason, "exited with status 3");
        ck_assert_uint_eq(foreseen.ended, 90);
        ck_assert_int_eq(job_set_state(job, JOB_STOPPING, 91), -EINVAL);
        ck_assert_int_eq(job_settle(job, &outcome, 92), -EINVAL);

        job_finish(job);
        ck_assert_str_eq(job_state_to_string(job->state), "Failed");
        ck_assert_str_eq(job_result_to_string(job->result), "exit-code");
        ck_assert_str_eq(job->reason, "exited with status 3");
        ck_assert_int_eq(job->exit_code, 3);
        ck_assert_uint_eq(job->ended, 90);
        ck_assert_int_eq(told.what & JOB_CHANGE_STATE, JOB_CHANGE_STATE);
        ck_assert_int_eq(told.previous, JOB_RUNNING);
        ck_assert(told.had_request);      /* its owner sees it once more … */
        ck_assert_ptr_null(job->request); /* … and then it is in memory no longer */

        /* finished is final */
        outcome.state = JOB_STOPPED;
        ck_assert_int_eq(job_settle(job, &outcome, 99), -EINVAL);
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 99), -EINVAL);
        ck_assert_uint_eq(job->ended, 90);
        ck_assert_str_eq(job_state_to_string(job->state), "Failed");
        ck_assert_uint_eq(told.n, 2);
}
END_TEST

START_TEST(finish_needs_a_finished_state) {
        Outcome outcome = { JOB_STOPPING, JOB_RESULT_NONE, (char *) "", -1, 0, 0 };
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        ck_assert_int_eq(job_settle(job, &outcome, 1), -EINVAL);
        outcome.state = JOB_COMPLETED; /* it never ran */
        ck_assert_int_eq(job_settle(job, &outcome, 1), -EINVAL);
        ck_assert_str_eq(job_state_to_string(job->state), "NotStarted");
        ck_assert_uint_eq(told.n, 0);
}
END_TEST

/* HasMoreData: true while unfinished; once false in a finished job, false for ever. */
START_TEST(has_more_data) {
        Outcome outcome = { JOB_COMPLETED, JOB_RESULT_SUCCESS, (char *) "", 0, 0, 0 };
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 1), 0);
        job_output_changed(job);
        ck_assert(job_has_more_data(job)); /* nothing is unread, yet it may write */
        job->output.unread = 5;
        ck_assert_int_eq(job_settle(job, &outcome, 2), 0);
        job_finish(job);
        ck_assert(job_has_more_data(job));
        job->output.unread = 0;
        job_output_changed(job);
        ck_assert_int_eq(told.what & JOB_CHANGE_OUTPUT, JOB_CHANGE_OUTPUT);
        ck_assert(!job_has_more_data(job));
        job->output.unread = 5;
        job_output_changed(job);
        ck_assert(!job_has_more_data(job));
}
END_TEST

START_TEST(finished_without_output) {
        Outcome outcome = { JOB_COMPLETED, JOB_RESULT_SUCCESS, (char *) "", 0, 0, 0 };
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 1), 0);
        ck_assert_int_eq(job_settle(job, &outcome, 2), 0);
        job_finish(job);
        ck_assert(!job_has_more_data(job));
        ck_assert_int_eq(told.what & JOB_CHANGE_OUTPUT, JOB_CHANGE_OUTPUT); /* HasMoreData changed, too */
}
END_TEST

START_TEST(status_message) {
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        job_set_status_message(job, "half done");
        job_set_status_message(job, "done");
        ck_assert_str_eq(job->status_message, "done");
        ck_assert_uint_eq(told.n, 2);
        ck_assert_int_eq(told.what, JOB_CHANGE_STATUS);
        ck_assert_int_eq(told.previous, job->state);
}
END_TEST

/* An earlier jobd may not have come to tell it. */
START_TEST(end_is_told_again) {
        static const struct {
                uint64_t begun, stop_requested;
                JobState previous;
        } rows[] = { { 0, 0, JOB_NOT_STARTED }, { 5, 0, JOB_RUNNING }, { 5, 7, JOB_STOPPING } };
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        job->state = JOB_FAILED;
        job->begun = rows[_i].begun;
        job->stop_requested = rows[_i].stop_requested;
        job_tell_end(job);
        ck_assert_uint_eq(told.n, 1);
        ck_assert_int_eq(told.what, JOB_CHANGE_STATE | JOB_CHANGE_OUTPUT);
        ck_assert_int_eq(told.previous, rows[_i].previous);
}
END_TEST

/* Nobody saw it begin. */
START_TEST(begun_unseen) {
        static const struct {
                JobState state, then;
                uint64_t begun, begun_then;
                unsigned told;
        } rows[] = {
                { JOB_NOT_STARTED, JOB_RUNNING, 0, 9, 1 },
                { JOB_STOPPING, JOB_STOPPING, 0, 9, 0 },
                { JOB_RUNNING, JOB_RUNNING, 5, 5, 0 },
        };
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        job->state = rows[_i].state;
        job->begun = rows[_i].begun;
        job_set_begun(job, 9);
        ck_assert_str_eq(job_state_to_string(job->state), job_state_to_string(rows[_i].then));
        ck_assert_uint_eq(job->begun, rows[_i].begun_then);
        ck_assert_uint_eq(told.n, rows[_i].told);
}
END_TEST

START_TEST(stop_of_others_is_forgotten) {
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        job_ask_stop(job, 1001, 9);
        ck_assert_uint_eq(job->stop_requested, 9);
        ck_assert_uint_eq(job->stopped_by, 1001);
        job_forget_stop(job);
        ck_assert_uint_eq(job->stop_requested, 0);
        ck_assert_uint_eq(job->stopped_by, UID_INVALID);
}
END_TEST

/* jobd-exec's words: a time too long for nanoseconds is none. */
START_TEST(usage) {
        g_autoptr(JobTable) table = table_new();
        Job *job = add_job(table, 7);

        job_set_usage(job, UINT64_MAX / 1000, 4096);
        ck_assert_uint_eq(job->cpu_usage_nsec, UINT64_MAX);
        ck_assert_uint_eq(job->memory_peak, 4096);
        job_set_usage(job, 3, UINT64_MAX);
        ck_assert_uint_eq(job->cpu_usage_nsec, 3000);
        ck_assert_uint_eq(job->memory_peak, UINT64_MAX);
}
END_TEST

START_TEST(removal_is_told) {
        JobTable *table = NULL;

        memset(&told, 0, sizeof(told));
        table = job_table_new(
                        &(JobObserver){ .changed = on_changed, .removed = on_removed, .userdata = &table });
        (void) add_job(table, 6);
        job_table_remove(table, add_job(table, 7));
        ck_assert_uint_eq(told.n_removed, 1);
        ck_assert_uint_eq(told.removed.number, 7);
        ck_assert(!told.was_there);
        job_table_free(table);
        ck_assert_uint_eq(told.n_removed, 1); /* jobd ends, and the jobs do not */
}
END_TEST

START_TEST(table_is_sorted) {
        static const uint32_t ids[] = { 50, 7, UINT32_MAX, 1, 51, 49 };
        static const uint32_t sorted[] = { 1, 7, 49, 50, 51, UINT32_MAX };
        g_autoptr(JobTable) table = table_new();

        for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
                (void) add_job(table, ids[i]);
        for (guint i = 0; i < G_N_ELEMENTS(sorted); i++) {
                ck_assert_uint_eq(job_table_at(table, i)->id.number, sorted[i]);
                ck_assert_uint_eq(job_table_index(table, job_id(sorted[i])), i);
                ck_assert_ptr_eq(job_table_find(table, job_id(sorted[i])), job_table_at(table, i));
        }
        ck_assert_ptr_null(job_table_find(table, job_id(8)));
        ck_assert_ptr_null(job_table_find(table, job_id(0)));
        ck_assert_uint_eq(job_table_index(table, job_id(8)), 2);

        job_table_remove(table, job_table_find(table, job_id(49)));
        job_table_remove(table, job_table_find(table, job_id(UINT32_MAX)));
        ck_assert_ptr_null(job_table_find(table, job_id(49)));
        ck_assert_ptr_null(job_table_find(table, job_id(UINT32_MAX)));
        ck_assert_uint_eq(table->jobs->len, 4);
        ck_assert_uint_eq(job_table_find(table, job_id(50))->id.number, 50);
}
END_TEST

static void keep_quiet(const char *domain, GLogLevelFlags level, const char *message, gpointer userdata) {
        (*(unsigned *) userdata)++;
}

/* In the place where a job would stand that is not in the table stands another. */
START_TEST(table_refuses) {
        g_autoptr(JobTable) table = table_new(), other = table_new();
        unsigned refusals = 0;
        Job *stranger;

        (void) g_log_set_always_fatal(G_LOG_FATAL_MASK);
        (void) g_log_set_default_handler(keep_quiet, &refusals);
        (void) add_job(table, 7);
        (void) add_job(table, 9);
        stranger = add_job(other, 8);
        job_table_remove(table, stranger);
        ck_assert_uint_eq(refusals, 1);
        stranger = add_job(other, 9);
        job_table_remove(table, stranger);
        job_table_add(table, stranger);
        ck_assert_uint_eq(refusals, 3);
        ck_assert_uint_eq(table->jobs->len, 2);
        ck_assert_ptr_ne(job_table_find(table, job_id(9)), stranger);
        ck_assert_ptr_nonnull(job_table_find(table, job_id(7)));
        ck_assert_uint_eq(tally_get(table->n_by_owner, 1000), 2);
        tally_subtract(table->n_by_owner, 1000, 3);
        ck_assert_uint_eq(refusals, 4);
        ck_assert_uint_eq(tally_get(table->n_by_owner, 1000), 2);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("job");
        TCase *tcase = tcase_create("job");

        tcase_add_test(tcase, new_job);
        tcase_add_test(tcase, states_and_times);
        tcase_add_test(tcase, finish);
        tcase_add_test(tcase, finish_needs_a_finished_state);
        tcase_add_test(tcase, has_more_data);
        tcase_add_test(tcase, finished_without_output);
        tcase_add_test(tcase, status_message);
        tcase_add_loop_test(tcase, end_is_told_again, 0, 3);
        tcase_add_loop_test(tcase, begun_unseen, 0, 3);
        tcase_add_test(tcase, stop_of_others_is_forgotten);
        tcase_add_test(tcase, usage);
        tcase_add_test(tcase, removal_is_told);
        tcase_add_test(tcase, table_is_sorted);
        tcase_add_test(tcase, table_refuses);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
