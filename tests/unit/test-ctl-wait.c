/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/wait-answer.h"
#include "run.h"

#define RESULTS_MAX 4

/* An answer of WaitJobs, "JOB WORD", and what it means to who asked. */
static const struct {
        const char *results[RESULTS_MAX];
        bool any, force;
        const char *states[2];
        int status;
        uint32_t reached[RESULTS_MAX];
        const char *told[3]; /* parts of what is said on stderr */
} rows[] = {
        { .results = { "1 Completed", "2 Completed" }, .reached = { 1, 2 } },
        { .results = { "1 Completed", "2 Failed" }, .status = 1, .reached = { 1, 2 } },
        { .results = { "2 Stopped" }, .status = 1, .reached = { 2 } },
        { .results = { "1 Completed", "2 timeout" }, .status = 124, .reached = { 1 } },
        { .results = { "1 Failed", "2 timeout" }, .status = 124, .reached = { 1 } },
        { .results = { "2 removed", "1 Completed" },
          .status = 1,
          .reached = { 1 },
          .told = { "job 2 was removed while it was waited for" } },
        { .results = { "1 Completed", "2 Running", "3 Suspended", "4 Blocked" },
          .status = 1,
          .reached = { 1 },
          .told = { "job 3 is Suspended and cannot go on by itself; --force waits on",
                    "job 4 is Blocked" } },
        { .results = { "3 Disconnected" }, .status = 1, .told = { "job 3 is Disconnected" } },
        { .results = { "3 Suspended", "4 Failed" }, .force = true, .status = 1, .reached = { 4 } },

        { .results = { "2 Completed", "1 Running" }, .any = true, .reached = { 2 } },
        { .results = { "2 Failed", "1 Completed" }, .any = true, .status = 1, .reached = { 2 } },
        { .results = { "3 removed", "2 Completed" }, .any = true, .reached = { 2 } },
        { .results = { "2 Completed", "1 Suspended" }, .any = true, .reached = { 2 } },
        { .results = { "2 Completed", "1 timeout" }, .any = true, .reached = { 2 } },
        { .results = { "1 timeout", "2 timeout" }, .any = true, .status = 124 },
        { .results = { "1 Suspended", "2 Blocked" },
          .any = true,
          .status = 1,
          .told = { "job 1 is Suspended", "job 2 is Blocked" } },

        { .results = { "1 Running", "2 Running" }, .states = { "Running" }, .reached = { 1, 2 } },
        { .results = { "1 Suspended" }, .states = { "Running", "Suspended" }, .reached = { 1 } },
        { .results = { "1 Running", "2 Failed" },
          .states = { "Running", "Suspended" },
          .status = 1,
          .reached = { 1 },
          .told = { "job 2 is Failed, and will not be Running or Suspended any more" } },
        { .results = { "2 Failed", "1 Running" }, .any = true, .states = { "Running" }, .reached = { 1 } },
        { .results = { "1 Failed" }, .states = { "Failed" }, .reached = { 1 } },
};

static sd_bus_message *answer_new(sd_bus *bus, const char *const *results) {
        sd_bus_message *m;

        ck_assert_int_ge(sd_bus_message_new(bus, &m, SD_BUS_MESSAGE_METHOD_CALL), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "(os)"), 0);
        for (size_t i = 0; i < RESULTS_MAX && results[i]; i++) {
                g_autofree char *path = g_strdup_printf("/org/jobd1/job/%c", results[i][0]);

                ck_assert_int_ge(sd_bus_message_append(m, "(os)", path, results[i] + 2), 0);
        }
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        ck_assert_int_ge(sd_bus_message_seal(m, 1, 0), 0);
        ck_assert_int_ge(sd_bus_message_rewind(m, true), 0);
        return m;
}

START_TEST(is_understood) {
        char *states[] = { (char *) rows[_i].states[0], (char *) rows[_i].states[1], NULL };
        const WaitArguments arguments = {
                .any = rows[_i].any,
                .force = rows[_i].force,
                .states = states[0] ? states : NULL,
        };
        g_autoptr(JobMap) reached = job_map_new(NULL);
        WaitAnswer answer = { .reached = reached };
        char told[1024] = "";
        FILE *file = tmpfile();
        int before = dup(STDERR_FILENO);
        sd_bus_message *m;
        sd_bus *bus;
        guint n = 0;

        ck_assert_int_ge(sd_bus_new(&bus), 0);
        ck_assert_int_ge(sd_bus_set_address(bus, "unix:path=/nonexistent"), 0);
        (void) sd_bus_start(bus); /* fails, and leaves a bus that makes messages */
        m = answer_new(bus, rows[_i].results);
        ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
        ck_assert_int_ge(wait_answer_read(m, &arguments, &answer), 0);
        ck_assert_int_ge(dup2(before, STDERR_FILENO), 0);

        ck_assert_int_eq(answer.status, rows[_i].status);
        for (; n < RESULTS_MAX && rows[_i].reached[n] > 0; n++)
                ck_assert(job_map_has(reached, job_id(rows[_i].reached[n])));
        ck_assert_uint_eq(g_hash_table_size(reached), n);
        rewind(file);
        (void) fread(told, 1, sizeof(told) - 1, file);
        for (size_t i = 0; i < G_N_ELEMENTS(rows[0].told) && rows[_i].told[i]; i++)
                ck_assert_ptr_nonnull(strstr(told, rows[_i].told[i]));
        ck_assert_int_eq(told[0] != '\0', rows[_i].told[0] != NULL);
        (void) fclose(file);
        (void) close(before);
        sd_bus_message_unref(m);
        sd_bus_unref(bus);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-wait");
        TCase *tcase = tcase_create("ctl-wait");

        tcase_add_loop_test(tcase, is_understood, 0, G_N_ELEMENTS(rows));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
