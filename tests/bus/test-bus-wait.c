/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <string.h>

#include "../unit/run.h"
#include "server.h"

/* Wait and WaitJobs. */

#define P(id) "/org/jobd1/job/" #id

/* "7=Completed 8=timeout" */
static char *results(sd_bus_message *reply) {
        GString *text = g_string_new(NULL);
        const char *path, *word;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "(os)"), 0);
        while (sd_bus_message_read(reply, "(os)", &path, &word) > 0)
                g_string_append_printf(text, "%s%s=%s", text->len ? " " : "", strrchr(path, '/') + 1, word);
        return g_string_free(text, FALSE);
}

#define assert_results(reply, expected)                  \
        do {                                             \
                g_autofree char *text_ = results(reply); \
                ck_assert_str_eq(text_, expected);       \
        } while (0)

static void assert_state(sd_bus_message *reply, const char *state) {
        const char *word;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_read(reply, "s", &word), 0);
        ck_assert_str_eq(word, state);
}

START_TEST(one) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, JOB(7), "Wait", "a{sv}", 0);
        g_autoptr(sd_bus_message) after = NULL;

        client_settle(client);
        fake_output(job, 0, "output alone ends no wait");
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(job, JOB_FAILED);
        assert_state(call_wait(call), "Failed");
        ck_assert_int_lt(client_event_place(client, "StateChanged Failed Running exited with status 3"),
                         client_event_place(client, "reply Wait"));
        after = call_sync(client, JOB(7), "Wait", "a{sv}", 0);
        assert_state(after, "Failed");
}
END_TEST

START_TEST(one_times_out) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) at_once = NULL, soon = NULL;

        (void) fake_job(7, 0);
        at_once = call_sync(client, JOB(7), "Wait", "a{sv}", 1, "TimeoutUSec", "t", UINT64_C(0));
        assert_state(at_once, "Running");
        soon = call_sync(client, JOB(7), "Wait", "a{sv}", 1, "TimeoutUSec", "t", UINT64_C(1000));
        assert_state(soon, "Running");
}
END_TEST

START_TEST(endless_timeout) {
        static const uint64_t endless[] = { UINT64_MAX, UINT64_MAX - 1, INT64_MAX, UINT64_MAX / 2 };
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, JOB(7), "Wait", "a{sv}", 1, "TimeoutUSec", "t",
                                          endless[_i]);

        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(job, JOB_COMPLETED);
        assert_state(call_wait(call), "Completed");
}
END_TEST

START_TEST(one_is_removed) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(Call) call = NULL;
        Job *job = fake_job(7, 0);

        job->state = JOB_SUSPENDED;
        call = call_async(client, JOB(7), "Wait", "a{sv}", 1, "Force", "b", 1);
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        job_table_remove(fake.jobs, job);
        bus_job_removed(fake.server, job_id(7));
        assert_error(call_wait(call), "NoSuchJob", "7");
}
END_TEST

/* Where only somebody's help lets a job go on. */
static const JobState stuck[] = { JOB_BLOCKED, JOB_SUSPENDED, JOB_DISCONNECTED };

/* Without Force a wait ends there. */
START_TEST(stuck_one) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) gentle = call_async(client, JOB(7), "Wait", "a{sv}", 0),
                        force = call_async(client, JOB(7), "Wait", "a{sv}", 1, "Force", "b", 1);

        client_settle(client);
        ck_assert_int_eq(job_set_state(job, stuck[_i], 5), 0);
        assert_state(call_wait(gentle), job_state_to_string(stuck[_i]));
        client_settle(client);
        ck_assert_ptr_null(force->reply);
        fake_finish(job, JOB_FAILED);
        assert_state(call_wait(force), "Failed");
}
END_TEST

/* One of them keeps all from being finished. */
START_TEST(stuck_among_all) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0), *second = fake_job(8, 0), *third = fake_job(9, 0);
        g_autoptr(sd_bus_message) present = NULL;
        g_autoptr(Call) gentle = NULL, force = NULL;

        gentle = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 0);
        force = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 1, "Force", "b", 1);
        client_settle(client);
        fake_finish(third, JOB_COMPLETED);
        client_settle(client);
        ck_assert_ptr_null(gentle->reply);
        ck_assert_int_eq(job_set_state(second, stuck[_i], 5), 0);
        {
                g_autofree char *expected = g_strdup_printf("9=Completed 7=Running 8=%s",
                                                            job_state_to_string(stuck[_i]));

                assert_results(call_wait(gentle), expected);
                present = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 0);
                assert_results(present, expected);
        }
        ck_assert_ptr_null(force->reply);
        fake_finish(second, JOB_FAILED);
        fake_finish(job, JOB_COMPLETED);
        assert_results(call_wait(force), "9=Completed 8=Failed 7=Completed");
}
END_TEST

/* With any, another one can still finish; and what was helped on counts no more. */
START_TEST(stuck_and_any) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0), *second = fake_job(8, 0);
        g_autofree char *expected = g_strdup_printf("7=%s 8=%s", job_state_to_string(stuck[_i]),
                                                    job_state_to_string(stuck[_i]));
        g_autoptr(Call) call = NULL;

        ck_assert_int_eq(job_set_state(job, stuck[_i], 5), 0);
        call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 1, "Mode", "s", "any");
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 6), 0);
        client_settle(client);
        ck_assert_int_eq(job_set_state(second, stuck[_i], 7), 0);
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        ck_assert_int_eq(job_set_state(job, stuck[_i], 8), 0);
        assert_results(call_wait(call), expected);
}
END_TEST

/* Another state than a final one: it is told though the job has left it; what finishes is waited for no
 * more. */
START_TEST(states) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0), *second = fake_job(8, 0), *third = fake_job(9, 0);
        g_autoptr(Call) call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 1,
                                          "States", "as", 2, "Suspended", "Stopping");
        g_autoptr(sd_bus_message) present = NULL, unknown = NULL;
        g_autoptr(Call) any = NULL;

        client_settle(client);
        ck_assert_int_eq(job_set_state(second, JOB_SUSPENDED, 5), 0);
        client_settle(client);
        ck_assert_int_eq(job_set_state(second, JOB_RUNNING, 6), 0);
        fake_finish(third, JOB_COMPLETED);
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        ck_assert_int_eq(job_set_state(job, JOB_STOPPING, 7), 0);
        assert_results(call_wait(call), "8=Suspended 9=Completed 7=Stopping");
        present = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 2, "Mode", "s",
                            "any", "States", "as", 1, "Running");
        assert_results(present, "9=Completed 8=Running 7=Stopping");
        any = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(9), 2, "Mode", "s", "any",
                         "States", "as", 1, "Suspended");
        client_settle(client);
        ck_assert_ptr_null(any->reply); /* 9 cannot be there any more, but 7 */
        fake_finish(job, JOB_STOPPED);
        assert_results(call_wait(any), "9=Completed 7=Stopped");
        unknown = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 1, P(7), 1, "States", "as", 1, "Ran");
        assert_error(unknown, "InvalidArgument", "Ran");
}
END_TEST

/* The same question is one for the same states. */
START_TEST(states_asked_again) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) suspended = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 1, P(7), 1, "States",
                                               "as", 1, "Suspended");
        g_autoptr(Call) stopping = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 1, P(7), 1, "States",
                                              "as", 1, "Stopping");

        client_settle(client);
        ck_assert_ptr_null(suspended->reply);
        ck_assert_int_eq(job_set_state(job, JOB_STOPPING, 7), 0);
        assert_results(call_wait(stopping), "7=Stopping");
        client_settle(client);
        ck_assert_ptr_null(suspended->reply);
        fake_finish(job, JOB_STOPPED);
        assert_results(call_wait(suspended), "7=Stopped");
}
END_TEST

START_TEST(wait_knows_no_mode) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        reply = call_sync(client, JOB(7), "Wait", "a{sv}", 1, "Mode", "s", "any");
        assert_error(reply, "UnknownOption", "Mode");
}
END_TEST

START_TEST(all) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *first = fake_job(7, 0), *second = fake_job(8, 0), *third = fake_job(9, 0);
        g_autoptr(Call) call = NULL;

        fake_finish(third, JOB_COMPLETED); /* before */
        call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 1, "Mode", "s",
                          "all");
        client_settle(client);
        fake_finish(second, JOB_FAILED);
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(first, JOB_STOPPED);
        assert_results(call_wait(call), "9=Completed 8=Failed 7=Stopped"); /* the first to end first */
}
END_TEST

START_TEST(any) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *second;
        g_autoptr(Call) call = NULL;

        (void) fake_job(7, 0);
        second = fake_job(8, 0);
        (void) fake_job(9, 0);
        call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(8), P(9), 1, "Mode", "s",
                          "any");
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(second, JOB_COMPLETED);
        assert_results(call_wait(call), "8=Completed 7=Running 9=Running");
}
END_TEST

/* D14: any is the one that ended first, equal ones by id; not the first in the list. */
START_TEST(any_of_finished) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *a = fake_job(7, 0), *b = fake_job(8, 0), *c = fake_job(9, 0);
        g_autoptr(sd_bus_message) reply = NULL;

        fake_finish(a, JOB_COMPLETED);
        fake_finish(b, JOB_COMPLETED);
        fake_finish(c, JOB_COMPLETED);
        a->ended = 300;
        b->ended = c->ended = 200;
        reply = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(9), P(8), 1, "Mode", "s",
                          "any");
        assert_results(reply, "8=Completed 9=Completed 7=Completed");
}
END_TEST

START_TEST(timeout_zero_asks_once) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        fake_finish(fake_job(8, 0), JOB_COMPLETED);
        reply = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 1, "TimeoutUSec", "t",
                          UINT64_C(0));
        assert_results(reply, "8=Completed 7=timeout");
}
END_TEST

START_TEST(times_out) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        fake_finish(fake_job(8, 0), JOB_COMPLETED);
        reply = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 1, "TimeoutUSec", "t",
                          UINT64_C(1000));
        assert_results(reply, "8=Completed 7=timeout");
}
END_TEST

START_TEST(removed) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *gone = fake_job(7, 0), *stays = fake_job(8, 0);
        g_autoptr(Call) call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(8), P(7), 0);

        client_settle(client);
        gone->state = JOB_COMPLETED;
        job_table_remove(fake.jobs, gone);
        bus_job_removed(fake.server, job_id(7));
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(stays, JOB_COMPLETED);
        assert_results(call_wait(call), "7=removed 8=Completed");
}
END_TEST

/* Of any another one can still finish. */
START_TEST(one_of_any_removed) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *gone = fake_job(7, 0), *stays = fake_job(8, 0);
        g_autoptr(Call) call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 1, "Mode",
                                          "s", "any");

        client_settle(client);
        gone->state = JOB_COMPLETED;
        job_table_remove(fake.jobs, gone);
        bus_job_removed(fake.server, job_id(7));
        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(stays, JOB_COMPLETED);
        assert_results(call_wait(call), "7=removed 8=Completed");
}
END_TEST

/* What ended and was removed before the others ended: it is gone. */
START_TEST(finished_and_removed) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *gone = fake_job(7, 0), *stays = fake_job(8, 0);
        g_autoptr(Call) call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 0);

        client_settle(client);
        fake_finish(gone, JOB_COMPLETED);
        job_table_remove(fake.jobs, gone);
        bus_job_removed(fake.server, job_id(7));
        fake_finish(stays, JOB_COMPLETED);
        assert_results(call_wait(call), "7=removed 8=Completed");
}
END_TEST

/* PowerShell waits for ever when a job is named twice. */
START_TEST(duplicates) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 3, P(7), P(7), P(7), 0);
        g_autoptr(sd_bus_message) after = NULL;

        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_finish(job, JOB_COMPLETED);
        assert_results(call_wait(call), "7=Completed"); /* it counts once */
        after = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(7), 0);
        assert_ok(after);
}
END_TEST

/* What one user's calls wait for together is bounded, too. */
START_TEST(too_many_jobs_in_all_calls) {
        enum { N = 1000 };
        g_autoptr(Client) client = NULL;
        sd_bus_message *reply;

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        for (guint i = 1; i <= N + PENDING_JOBS_PER_USER_MAX / N; i++)
                (void) fake_job(i, USER);
        for (guint k = 0; k <= PENDING_JOBS_PER_USER_MAX / N; k++) {
                sd_bus_message *m = call_new(client, MANAGER, "WaitJobs");

                ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "o"), 0);
                for (guint i = 1; i <= N; i++) {
                        g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", k + i);

                        ck_assert_int_ge(sd_bus_message_append(m, "o", path), 0);
                }
                ck_assert_int_ge(sd_bus_message_close_container(m), 0);
                ck_assert_int_ge(sd_bus_message_append(m, "a{sv}", 0), 0);
                if (k < PENDING_JOBS_PER_USER_MAX / N) {
                        call_free(call_send(client, m));
                        continue;
                }
                reply = call_message(client, m);
                assert_error(reply, "LimitExceeded", "100000");
                sd_bus_message_unref(reply);
        }
}
END_TEST

/* Clients give a call up after 25 s, and ask again: those of them that nobody listens for any more do not
 * pile up. */
START_TEST(asked_again) {
        g_autoptr(Client) client = client_new(fake.name, 0, false), other = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) others = call_async(other, JOB(7), "Wait", "a{sv}", 0);
        g_autoptr(Call) many = NULL, last = NULL;

        (void) fake_job(8, 0);
        last = call_async(client, JOB(7), "Wait", "a{sv}", 0);
        for (guint i = 0; i < 200; i++) { /* more than the bus would let wait */
                g_autoptr(Call) older = g_steal_pointer(&last);

                client_settle(client);
                ck_assert_ptr_null(older->reply);
                last = call_async(client, JOB(7), "Wait", "a{sv}", 0);
                assert_state(call_wait(older), "Running");
        }
        many = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 0); /* another question */
        client_settle(client);
        ck_assert_ptr_null(last->reply);
        call_free(g_steal_pointer(&last));
        last = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 0);
        assert_results(call_wait(many), "7=timeout 8=timeout");
        client_settle(other);
        ck_assert_ptr_null(others->reply); /* nor is another connection */
        fake_finish(job, JOB_COMPLETED);
        assert_state(call_wait(others), "Completed");
}
END_TEST

START_TEST(no_jobs) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) all_of_none = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 0, 0),
                                  any_of_none = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 0, 1,
                                                          "Mode", "s", "any");

        assert_results(all_of_none, "");
        assert_results(any_of_none, "");
}
END_TEST

START_TEST(refuses) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) mode = NULL, type = NULL, missing = NULL;

        (void) fake_job(7, 0);
        mode = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 1, P(7), 1, "Mode", "s", "some");
        assert_error(mode, "InvalidArgument", "some");
        type = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 1, P(7), 1, "TimeoutUSec", "i", -1);
        assert_error(type, "InvalidArgument", "TimeoutUSec");
        missing = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 2, P(7), P(8), 0);
        assert_error(missing, "NoSuchJob", P(8));
}
END_TEST

START_TEST(too_many_jobs) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *m = call_new(client, MANAGER, "WaitJobs");
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "o"), 0);
        for (guint i = 0; i <= PENDING_JOBS_MAX; i++)
                ck_assert_int_ge(sd_bus_message_append(m, "o", P(7)), 0);
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "a{sv}", 0), 0);
        reply = call_message(client, m);
        assert_error(reply, "LimitExceeded", "10000");
}
END_TEST

/* A job of its own for each of as many calls as may be, as one for the same job ends the one before. */
static void wait_for_many(Client *client, GPtrArray *calls) {
        for (guint i = 0; i < PENDING_PER_USER_MAX; i++) {
                g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", 1000 + i);

                (void) fake_job(1000 + i, USER);
                g_ptr_array_add(calls, call_async(client, path, JOBD_JOB_INTERFACE, "Wait", "a{sv}", 0));
        }
}

/* One user's waiting calls do not use up what others need. */
START_TEST(too_many_calls) {
        g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func((GDestroyNotify) call_free);
        g_autoptr(Client) client = NULL, other = NULL;
        g_autoptr(sd_bus_message) over = NULL;
        g_autoptr(Call) others = NULL;
        Job *job = fake_job(7, 0);

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        other = client_new(fake.name, OTHER_USER, false);
        wait_for_many(client, calls);
        over = call_sync(client, JOB(7), "Wait", "a{sv}", 0);
        assert_error(over, "LimitExceeded", "1024");
        others = call_async(other, JOB(7), "Wait", "a{sv}", 0);
        client_settle(other);
        ck_assert_ptr_null(others->reply);
        fake_finish(job, JOB_COMPLETED);
        assert_state(call_wait(others), "Completed");
        for (guint i = 0; i < calls->len; i++) {
                fake_finish(job_table_find(fake.jobs, job_id(1000 + i)), JOB_COMPLETED);
                assert_state(call_wait(g_ptr_array_index(calls, i)), "Completed");
        }
}
END_TEST

/* A client that leaves takes its calls along: they count no more, and nobody answers them. */
START_TEST(client_leaves) {
        g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func((GDestroyNotify) call_free);
        Client *leaving = NULL;
        g_autoptr(Client) staying = NULL, again = NULL;
        g_autoptr(Call) call = NULL;
        Job *job = fake_job(7, 0);

        if (!have_users())
                return;
        staying = client_new("org.freedesktop.DBus", USER, true); /* sees the other leave */
        leaving = client_new(fake.name, USER, false);
        wait_for_many(leaving, calls);
        client_settle(leaving);
        g_ptr_array_set_size(calls, 0);
        client_free(leaving);
        loop_until(client_n_events(staying, "NameOwnerChanged") > 0);

        again = client_new(fake.name, USER, false);
        client_settle(again); /* the server has seen it, too */
        call = call_async(again, JOB(7), "Wait", "a{sv}", 0);
        client_settle(again);
        ck_assert_ptr_null(call->reply);
        fake_finish(job, JOB_COMPLETED);
        assert_state(call_wait(call), "Completed");
}
END_TEST

/* "He has left", says somebody who is not the bus. */
START_TEST(forged_leaving) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus *forger = bus_connect(0);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, JOB(7), "Wait", "a{sv}", 0);
        const char *name;

        client_settle(client);
        ck_assert_int_ge(sd_bus_get_unique_name(client->bus, &name), 0);
        forge_owner(forger, _i == 1 ? fake.name : NULL, name, "");
        bus_settle(forger, fake.name);
        fake_finish(job, JOB_COMPLETED);
        assert_state(call_wait(call), "Completed");
        sd_bus_flush_close_unref(forger);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-wait");
        TCase *tcase = tcase_create("bus-wait");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_test(tcase, one);
        tcase_add_test(tcase, one_times_out);
        tcase_add_loop_test(tcase, endless_timeout, 0, 4);
        tcase_add_test(tcase, one_is_removed);
        tcase_add_loop_test(tcase, stuck_one, 0, G_N_ELEMENTS(stuck));
        tcase_add_loop_test(tcase, stuck_among_all, 0, G_N_ELEMENTS(stuck));
        tcase_add_loop_test(tcase, stuck_and_any, 0, G_N_ELEMENTS(stuck));
        tcase_add_test(tcase, states);
        tcase_add_test(tcase, states_asked_again);
        tcase_add_test(tcase, wait_knows_no_mode);
        tcase_add_test(tcase, all);
        tcase_add_test(tcase, any);
        tcase_add_test(tcase, any_of_finished);
        tcase_add_test(tcase, timeout_zero_asks_once);
        tcase_add_test(tcase, times_out);
        tcase_add_test(tcase, removed);
        tcase_add_test(tcase, one_of_any_removed);
        tcase_add_test(tcase, finished_and_removed);
        tcase_add_test(tcase, duplicates);
        tcase_add_test(tcase, asked_again);
        tcase_add_test(tcase, no_jobs);
        tcase_add_test(tcase, refuses);
        tcase_add_test(tcase, too_many_jobs);
        tcase_add_test(tcase, too_many_jobs_in_all_calls);
        tcase_add_test(tcase, too_many_calls);
        tcase_add_test(tcase, client_leaves);
        tcase_add_loop_test(tcase, forged_leaving, 0, 2);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
