/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "model/state.h"
#include "run.h"

/* Every word, by hand: it is what programs compare with. */
static const struct {
        JobState state;
        const char *word;
        bool finished;
} states[] = {
        { JOB_NOT_STARTED, "NotStarted", false }, { JOB_RUNNING, "Running", false },
        { JOB_BLOCKED, "Blocked", false },        { JOB_SUSPENDING, "Suspending", false },
        { JOB_SUSPENDED, "Suspended", false },    { JOB_DISCONNECTED, "Disconnected", false },
        { JOB_STOPPING, "Stopping", false },      { JOB_COMPLETED, "Completed", true },
        { JOB_FAILED, "Failed", true },           { JOB_STOPPED, "Stopped", true },
};

START_TEST(state_words) {
        ck_assert_int_eq(G_N_ELEMENTS(states), _JOB_STATE_MAX);
        ck_assert_str_eq(job_state_to_string(states[_i].state), states[_i].word);
        ck_assert_int_eq(job_state_from_string(states[_i].word), states[_i].state);
        ck_assert_int_eq(job_state_is_finished(states[_i].state), states[_i].finished);
}
END_TEST

static const struct {
        JobResult result;
        const char *word;
} results[] = {
        { JOB_RESULT_NONE, "" },
        { JOB_RESULT_SUCCESS, "success" },
        { JOB_RESULT_EXIT_CODE, "exit-code" },
        { JOB_RESULT_SIGNAL, "signal" },
        { JOB_RESULT_CORE_DUMP, "core-dump" },
        { JOB_RESULT_TIMEOUT, "timeout" },
        { JOB_RESULT_OOM_KILL, "oom-kill" },
        { JOB_RESULT_EXEC_FAILED, "exec-failed" },
        { JOB_RESULT_CHDIR_FAILED, "chdir-failed" },
        { JOB_RESULT_STOPPED, "stopped" },
        { JOB_RESULT_START_FAILED, "start-failed" },
        { JOB_RESULT_DEPENDENCY, "dependency" },
        { JOB_RESULT_LOST, "lost" },
};

START_TEST(result_words) {
        ck_assert_int_eq(G_N_ELEMENTS(results), _JOB_RESULT_MAX);
        ck_assert_str_eq(job_result_to_string(results[_i].result), results[_i].word);
        ck_assert_int_eq(job_result_from_string(results[_i].word), results[_i].result);
}
END_TEST

START_TEST(unknown_words) {
        ck_assert_int_eq(job_state_from_string("running"), _JOB_STATE_INVALID);
        ck_assert_int_eq(job_state_from_string(""), _JOB_STATE_INVALID);
        ck_assert_int_eq(job_state_from_string("AtBreakpoint"), _JOB_STATE_INVALID);
        ck_assert_int_eq(job_result_from_string("Success"), _JOB_RESULT_INVALID);
}
END_TEST

/* The table of PowerShell's legal transitions, and one more: a stop while systemd is starting the unit. */
static const struct {
        const char *from, *to;
} edges[] = {
        { "NotStarted", "Running Failed Stopped Disconnected Stopping" },
        { "Running", "Blocked Suspending Suspended Stopping Disconnected Completed Failed Stopped" },
        { "Blocked", "Running Suspending Stopping Disconnected Completed Failed Stopped" },
        { "Suspending", "Suspended Running Stopping Disconnected Completed Failed Stopped" },
        { "Suspended", "Running Blocked Stopping Disconnected Failed Stopped" },
        { "Disconnected", "Running Blocked Suspending Suspended Stopping Completed Failed Stopped" },
        { "Stopping", "Stopped Completed Failed Disconnected" },
        { "Completed", "" },
        { "Failed", "" },
        { "Stopped", "" },
};

START_TEST(transitions) {
        JobState from = job_state_from_string(edges[_i].from);
        g_auto(GStrv) to = g_strsplit(edges[_i].to, " ", -1);

        for (JobState state = 0; state < _JOB_STATE_MAX; state++) {
                const char *word = job_state_to_string(state);
                bool legal = g_strv_contains((const char *const *) to, word);

                ck_assert_msg(job_state_may_become(from, state) == legal, "%s → %s is %s", edges[_i].from,
                              word, legal ? "missing" : "there");
        }
}
END_TEST

int main(void) {
        Suite *suite = suite_create("state");
        TCase *tcase = tcase_create("state");

        tcase_add_loop_test(tcase, state_words, 0, G_N_ELEMENTS(states));
        tcase_add_loop_test(tcase, result_words, 0, G_N_ELEMENTS(results));
        tcase_add_test(tcase, unknown_words);
        tcase_add_loop_test(tcase, transitions, 0, G_N_ELEMENTS(edges));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
