/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <string.h>

#include "../unit/run.h"
#include "bus/internal.h"
#include "server.h"

/* Signals and properties: one PropertiesChanged a turn of the loop, no change without one. */

#define OF_STATE                                                                                         \
        "BeginTimestamp,CPUUsageNSec,EndTimestamp,ExecErrno,ExitCode,ExitSignal,HasMoreData,MemoryPeak," \
        "Reason,"                                                                                        \
        "Result,State"

START_TEST(one_signal_a_turn) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        Job *job = fake_job(7, 0), *other = fake_job(8, 0);

        client_settle(client);
        g_ptr_array_set_size(client->events, 0);
        for (int i = 0; i < 1000; i++)
                job_output_changed(job);
        job_set_status_message(job, "half done");
        ck_assert_int_eq(job_set_state(job, JOB_SUSPENDED, 5), 0);
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 6), 0);
        job_set_status_message(other, "other");
        loop_until(client_n_events(client, "PropertiesChanged /org/jobd1 ") > 0 &&
                   client_n_events(client, "PropertiesChanged /org/jobd1/job/8") > 0);
        client_settle(client);

        ck_assert_uint_eq(client_n_events(client, "PropertiesChanged /org/jobd1/job/7"), 1);
        ck_assert_str_eq(
                        client_event(client, "PropertiesChanged /org/jobd1/job/7", 0),
                        "PropertiesChanged /org/jobd1/job/7 "
                        "BeginTimestamp,CPUUsageNSec,EndTimestamp,ExecErrno,ExitCode,ExitSignal,HasMoreData,"
                        "MemoryPeak,"
                        "Reason,Result,State,StatusMessage [OutputBytes,OutputDropped,OutputLost]");
        ck_assert_uint_eq(client_n_events(client, "PropertiesChanged /org/jobd1/job/8"), 1);
        ck_assert_str_eq(client_event(client, "PropertiesChanged /org/jobd1/job/8", 0),
                         "PropertiesChanged /org/jobd1/job/8 StatusMessage []");
        /* but each change of state is told */
        ck_assert_uint_eq(client_n_events(client, "StateChanged"), 2);
        ck_assert_str_eq(client_event(client, "StateChanged", 0), "StateChanged Suspended Running ");
        ck_assert_str_eq(client_event(client, "StateChanged", 1), "StateChanged Running Suspended ");
}
END_TEST

static void read_output_bytes(Client *client, const char *how, uint32_t id) {
        g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", id);
        g_autoptr(sd_bus_message) reply = NULL;

        if (strcmp(how, "Get") == 0)
                reply = call_sync(client, path, "org.freedesktop.DBus.Properties", "Get", "ss",
                                  JOBD_JOB_INTERFACE, "OutputBytes");
        else if (strcmp(how, "GetAll") == 0)
                reply = call_sync(client, path, "org.freedesktop.DBus.Properties", "GetAll", "s",
                                  JOBD_JOB_INTERFACE);
        else
                reply = call_sync(client, MANAGER, "ListJobs", "a{sv}", 1, "Properties", "as", 1,
                                  "OutputBytes");
        assert_ok(reply);
}

static void wait_for_output_signals(const Client *client, unsigned of_7, unsigned of_8) {
        loop_until(client_n_events(client, "PropertiesChanged /org/jobd1/job/8") >= of_8);
        ck_assert_uint_eq(client_n_events(client, "PropertiesChanged /org/jobd1/job/7"), of_7);
}

/* Job 8 is read all the time: its signals are the clock by which those of job 7 would have come. */
START_TEST(output_is_told_once_until_it_is_read) {
        static const char *const readers[] = { "Get", "GetAll", "ListJobs" };
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        Job *job = fake_job(7, 0), *clock = fake_job(8, 0);
        unsigned told = 0;

        client_settle(client);
        g_ptr_array_set_size(client->events, 0);
        for (unsigned i = 0; i < G_N_ELEMENTS(readers); i++) {
                for (unsigned k = 0; k < 3; k++) {
                        job_output_changed(job);
                        job_output_changed(clock);
                        wait_for_output_signals(client, i + 1, ++told);
                        read_output_bytes(client, "Get", 8);
                }
                read_output_bytes(client, readers[i], 7);
        }
        ck_assert_str_eq(client_event(client, "PropertiesChanged /org/jobd1/job/7", 0),
                         "PropertiesChanged /org/jobd1/job/7  [OutputBytes,OutputDropped,OutputLost]");
}
END_TEST

START_TEST(finish) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);

        fake_finish(fake_job(7, 0), JOB_FAILED);
        loop_until(client_n_events(client, "StateChanged") > 0);
        ck_assert_str_eq(client_event(client, "StateChanged", 0),
                         "StateChanged Failed Running exited with status 3");
        ck_assert_str_eq(client_event(client, "PropertiesChanged /org/jobd1/job/7", 0),
                         "PropertiesChanged /org/jobd1/job/7 " OF_STATE
                         " [OutputBytes,OutputDropped,OutputLost]");
        ck_assert_str_eq(client_event(client, "PropertiesChanged /org/jobd1 ", 0),
                         "PropertiesChanged /org/jobd1  [NJobs,NRunning]");
}
END_TEST

/* These have come, in this order; what is between them does not matter. */
static void assert_order(const Client *client, const char *const prefixes[]) {
        int before = -1;

        for (size_t i = 0; prefixes[i]; i++) {
                int place = client_event_place(client, prefixes[i]);

                ck_assert_msg(place > before, "'%s' has the place %i, and what should be before it %i",
                              prefixes[i], place, before);
                before = place;
        }
}

#define OF_MANAGER "PropertiesChanged /org/jobd1  [NJobs,NRunning]"
#define OF_JOB(id) "PropertiesChanged /org/jobd1/job/" #id " "

/* Properties, then signals, then answers: who caches properties has the new one when he is told of it. */
START_TEST(order_of_each_state) {
        static const JobState states[] = { JOB_SUSPENDED, JOB_RUNNING, JOB_STOPPING };
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) wait = NULL, wait_jobs = NULL, stop = NULL, read = NULL;

        for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                g_autofree char *signal = g_strdup_printf("StateChanged %s", job_state_to_string(states[i]));
                const char *const order[] = { OF_MANAGER, OF_JOB(7), signal, NULL };

                g_ptr_array_set_size(client->events, 0);
                ck_assert_int_eq(job_set_state(job, states[i], 5), 0);
                client_settle(client);
                assert_order(client, order);
        }
        wait = call_async(client, JOB(7), "Wait", "a{sv}", 0);
        wait_jobs = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 1, "/org/jobd1/job/7", 0);
        stop = call_async(client, JOB(7), "Stop", "a{sv}", 0);
        read = call_async(client, JOB(7), "ReadOutput", "ttta{sv}", (uint64_t) 0, (uint64_t) 100, UINT64_MAX,
                          0);
        client_settle(client);
        for (int i = 0; i < 4; i++) {
                static const char *const replies[] = { "reply Wait", "reply WaitJobs", "reply Stop",
                                                       "reply ReadOutput" };
                const char *const order[] = { OF_JOB(7), "StateChanged Stopped Stopping", replies[i], NULL };

                if (i == 0) {
                        g_ptr_array_set_size(client->events, 0);
                        fake_finish(job, JOB_STOPPED);
                        client_settle(client);
                }
                assert_order(client, order);
        }
        ck_assert_uint_eq(client_n_events(client, OF_JOB(7)), 1);
        ck_assert_uint_eq(client_n_events(client, OF_MANAGER), 1);
}
END_TEST

/* Two jobs that end in one turn: all that is said of properties comes before the first word of an end. */
START_TEST(order_of_two_ends) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        Job *one = fake_job(7, 0), *two = fake_job(8, 0);
        G_GNUC_UNUSED g_autoptr(Call) call = call_async(client, MANAGER, "WaitJobs", "aoa{sv}", 2,
                                                        "/org/jobd1/job/7", "/org/jobd1/job/8", 0);

        client_settle(client);
        fake_finish(one, JOB_COMPLETED);
        fake_finish(two, JOB_FAILED);
        client_settle(client);
        assert_order(client, (const char *const[]){ OF_JOB(7), "StateChanged Completed",
                                                    "StateChanged Failed", "reply WaitJobs", NULL });
        assert_order(client, (const char *const[]){ OF_JOB(8), "StateChanged Completed", NULL });
}
END_TEST

START_TEST(order_of_a_new_job) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) call = NULL;

        fake.launch_runs = true;
        call = call_async(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        client_settle(client);
        client_settle(client);
        assert_ok(call_wait(call));
        assert_order(client, (const char *const[]){ "reply StartJob", OF_MANAGER, "JobNew", OF_JOB(1),
                                                    "StateChanged Running NotStarted", NULL });
        ck_assert_uint_eq(client_n_events(client, OF_MANAGER), 1);
}
END_TEST

/* A method that answers at once tells first what it did. */
START_TEST(order_of_removal) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) wait = NULL, stop = NULL, again = NULL;
        Job *job = fake_job(7, 0);

        fake.stop_is_instant = true;
        if (_i == 0) { /* stop, then remove */
                stop = call_async(client, JOB(7), "Stop", "a{sv}", 0);
                client_settle(client);
                assert_order(client,
                             (const char *const[]){ OF_JOB(7), "StateChanged Stopped", "reply Stop", NULL });
                g_ptr_array_set_size(client->events, 0);
        } else if (_i == 2) { /* its end is waited for */
                fake.stop_is_instant = false;
                wait = call_async(client, JOB(7), "Wait", "a{sv}", 0);
        }
        again = call_async(client, JOB(7), "Remove", "a{sv}", 1, "Force", "b", 1);
        client_settle(client);
        if (_i == 2)
                fake_finish(job, JOB_STOPPED);
        assert_ok(call_wait(again));
        assert_order(client, (const char *const[]){ OF_MANAGER, "JobRemoved 7", "reply Remove", NULL });
        if (_i > 0)
                assert_order(client, (const char *const[]){ OF_JOB(7), "StateChanged Stopped",
                                                            "JobRemoved 7", NULL });
        if (_i == 2)
                assert_order(client, (const char *const[]){ "StateChanged Stopped", "reply Wait",
                                                            "JobRemoved 7", NULL });
}
END_TEST

static const char *const drained = "PropertiesChanged /org/jobd1/job/7 HasMoreData ";

static Client *client_of_a_finished_job(Job **ret) {
        Client *client = client_new(fake.name, 0, true);

        *ret = fake_job(7, 0);
        fake_output(*ret, 0, "out");
        fake_finish(*ret, JOB_COMPLETED);
        client_settle(client);
        return client;
}

/* The last output of a finished job is consumed: HasMoreData is false before that is answered. */
START_TEST(order_of_consuming) {
        Job *job;
        g_autoptr(Client) client = client_of_a_finished_job(&job);
        g_autoptr(Call) call = NULL;

        sd_bus_message_unref(call_sync(client, JOB(7), "BeginReceive", "a{sv}", 0));
        call = call_async(client, JOB(7), "Consume", "tta{sv}", job->output.begin, job->output.end, 0);
        g_ptr_array_set_size(client->events, 0);
        assert_ok(call_wait(call));
        assert_order(client, (const char *const[]){ drained, "reply Consume", NULL });
}
END_TEST

/* The simple form is consumed when its answer has been taken. */
START_TEST(order_of_receiving) {
        Job *job;
        g_autoptr(Client) client = client_of_a_finished_job(&job);
        G_GNUC_UNUSED g_autoptr(Call)
                        call = call_async(client, JOB(7), "Receive", "bta{sv}", 0, (uint64_t) 100, 0);

        g_ptr_array_set_size(client->events, 0);
        loop_until(client_n_events(client, drained) > 0);
        assert_order(client, (const char *const[]){ "reply Receive", drained, NULL });
}
END_TEST

/* A job that is removed in the turn in which it changed is not spoken of any more. */
START_TEST(removed_in_the_same_turn) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        Job *job = fake_job(7, 0);

        fake_finish(job, JOB_COMPLETED);
        job_table_remove(fake.jobs, job);
        bus_job_removed(fake.server, job_id(7));
        loop_until(client_n_events(client, "PropertiesChanged /org/jobd1 ") > 0);
        client_settle(client);
        ck_assert_uint_eq(client_n_events(client, "PropertiesChanged /org/jobd1/job/7"), 0);
        ck_assert_uint_eq(client_n_events(client, "JobRemoved 7 /org/jobd1/job/7"), 1);
}
END_TEST

START_TEST(values_of_a_job) {
        static const struct {
                const char *name, *value;
        } expected[] = {
                { "Id", "7" },
                { "InstanceId", "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11" },
                { "Name", "Job7" },
                { "JobType", "BackgroundJob" },
                { "Location", "localhost" },
                { "Owner", "1000" },
                { "Uid", "1000" },
                { "Unit", "jobd-7.service" },
                { "Parent", "/" },
                { "CreatedTimestamp", "11" },
                { "State", "Failed" },
                { "Reason", "exited with status 3" },
                { "Result", "exit-code" },
                { "ExitCode", "3" },
                { "ExitSignal", "0" },
                { "ExecErrno", "0" },
                { "HasMoreData", "true" },
                { "StatusMessage", "done" },
                { "BeginTimestamp", "12" },
                { "EndTimestamp", "13" },
                { "CPUUsageNSec", "14" },
                { "MemoryPeak", "18446744073709551615" },
                { "OutputBytes", "3" },
                { "OutputLost", "0" },
                { "OutputDropped", "0" },
        };
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 1000);

        job_set_status_message(job, "done");
        fake_output(job, 0, "out");
        fake_finish(job, JOB_FAILED);
        job->created = 11;
        job->begun = 12;
        job->ended = 13;
        job->cpu_usage_nsec = 14;
        for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
                g_autofree char *value = get_property(client, JOB(7), expected[i].name);

                ck_assert_msg(strcmp(value, expected[i].value) == 0, "%s is %s, not %s", expected[i].name,
                              value, expected[i].value);
        }
}
END_TEST

START_TEST(running_job_has_no_end) {
        static const struct {
                const char *name, *value;
        } expected[] = {
                { "State", "Running" },  { "Reason", "" },        { "Result", "" },
                { "ExitCode", "-1" },    { "ExitSignal", "0" },   { "HasMoreData", "true" },
                { "EndTimestamp", "0" }, { "StatusMessage", "" },
        };
        g_autoptr(Client) client = client_new(fake.name, 0, false);

        (void) fake_job(7, 1000);
        for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
                g_autofree char *value = get_property(client, JOB(7), expected[i].name);

                ck_assert_str_eq(value, expected[i].value);
        }
}
END_TEST

START_TEST(values_of_the_manager) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autofree char *n_jobs = NULL, *n_running = NULL, *version = NULL;

        fake_job(1, 0)->state = JOB_NOT_STARTED;
        (void) fake_job(2, 0);
        fake_job(3, 0)->state = JOB_STOPPING;
        fake_finish(fake_job(4, 0), JOB_COMPLETED);
        n_jobs = get_property(client, MANAGER, "NJobs");
        n_running = get_property(client, MANAGER, "NRunning");
        version = get_property(client, MANAGER, "Version");
        ck_assert_str_eq(n_jobs, "4");
        ck_assert_str_eq(n_running, "2");
        ck_assert_str_ne(version, "");
}
END_TEST

/* Each property's flags and its place in the table of changes say the same. */
START_TEST(no_silent_change) {
        for (const sd_bus_vtable *v = bus_job_vtable; v->type != '>'; v++) {
                const JobProperty *property;

                if (v->type != 'P')
                        continue;
                property = job_property_find(v->x.property.member);
                ck_assert_msg(property, "%s is not in the table", v->x.property.member);
                ck_assert_str_eq(property->type, v->x.property.signature);
                if (v->flags & SD_BUS_VTABLE_PROPERTY_CONST)
                        ck_assert_msg(property->changes_with == 0, "%s is constant", property->name);
                else
                        ck_assert_msg(v->flags & (SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE |
                                                  SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
                                      "%s changes silently", property->name);
                if (!(v->flags & SD_BUS_VTABLE_PROPERTY_CONST))
                        ck_assert_msg(property->changes_with != 0, "%s is never told", property->name);
        }
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-signals");
        TCase *tcase = tcase_create("bus-signals");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_test(tcase, one_signal_a_turn);
        tcase_add_test(tcase, output_is_told_once_until_it_is_read);
        tcase_add_test(tcase, finish);
        tcase_add_test(tcase, order_of_each_state);
        tcase_add_test(tcase, order_of_two_ends);
        tcase_add_test(tcase, order_of_a_new_job);
        tcase_add_loop_test(tcase, order_of_removal, 0, 3);
        tcase_add_test(tcase, order_of_consuming);
        tcase_add_test(tcase, order_of_receiving);
        tcase_add_test(tcase, removed_in_the_same_turn);
        tcase_add_test(tcase, values_of_a_job);
        tcase_add_test(tcase, running_job_has_no_end);
        tcase_add_test(tcase, values_of_the_manager);
        tcase_add_test(tcase, no_silent_change);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
