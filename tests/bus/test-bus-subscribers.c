/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <string.h>

#include "../unit/run.h"
#include "bus/subscribers.h"
#include "server.h"

/* Signals that are sent to one connection alone: who does not read harms himself. */

#define REASON_SIZE (16U * 1024U)

static Client *subscriber_new(uid_t uid) {
        Client *client = client_new(fake.name, uid, false);
        g_autoptr(sd_bus_message) reply = NULL;

        client_take_addressed(client);
        reply = call_sync(client, MANAGER, "Subscribe", "a{sv}", 0);
        assert_ok(reply);
        g_ptr_array_set_size(client->events, 0);
        return client;
}

/* So many signals of 16 KiB, each in a turn of its own; `other` reads them. */
static void tell(Job *job, Client *other, guint n) {
        if (!job->reason)
                job->reason = g_strnfill(REASON_SIZE, 'x');
        while (n-- > 0) {
                bus_job_changed(fake.server, job, JOB_CHANGE_STATE, JOB_SUSPENDED);
                client_settle(other);
        }
}

static void hear_nothing(Client *client) {
        ck_assert_int_ge(sd_bus_detach_event(client->bus), 0);
}

static void hear(Client *client) {
        ck_assert_int_ge(sd_bus_attach_event(client->bus, loop, 0), 0);
        client_settle(client);
}

/* The same signals as everybody, in the same order, once. */
START_TEST(hears_all) {
        g_autoptr(Client) watcher = client_new(fake.name, 0, true), subscriber = subscriber_new(0);
        g_autoptr(sd_bus_message) again = call_sync(subscriber, MANAGER, "Subscribe", "a{sv}", 0),
                                  start = NULL;
        Job *job;

        assert_ok(again);
        fake.launch_runs = true;
        start = call_sync(watcher, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_ok(start);
        client_settle(watcher);
        job = job_table_at(fake.jobs, 0);
        fake_finish(job, JOB_FAILED);
        client_settle(watcher);
        bus_job_removed(fake.server, job->id);
        client_settle(watcher);
        client_settle(subscriber);

        ck_assert_uint_eq(client_n_events(subscriber, "JobNew 1 /org/jobd1/job/1"), 1);
        ck_assert_uint_eq(client_n_events(subscriber, "StateChanged Running NotStarted "), 1);
        ck_assert_uint_eq(client_n_events(subscriber, "StateChanged Failed Running exited with status 3"),
                          1);
        ck_assert_uint_eq(client_n_events(subscriber, "JobRemoved 1 /org/jobd1/job/1"), 1);
        ck_assert_uint_eq(client_n_events(subscriber, "PropertiesChanged /org/jobd1/job/1"), 2);
        for (guint i = 0, k = 0; i < watcher->events->len; i++) {
                const char *event = g_ptr_array_index(watcher->events, i);

                if (g_str_has_prefix(event, "reply "))
                        continue;
                while (g_str_has_prefix(g_ptr_array_index(subscriber->events, k), "reply "))
                        k++;
                ck_assert_str_eq(g_ptr_array_index(subscriber->events, k++), event);
        }
}
END_TEST

START_TEST(unsubscribe) {
        g_autoptr(Client) watcher = client_new(fake.name, 0, true), subscriber = subscriber_new(0);
        g_autoptr(sd_bus_message) end = call_sync(subscriber, MANAGER, "Unsubscribe", "a{sv}", 0),
                                  never = call_sync(watcher, MANAGER, "Unsubscribe", "a{sv}", 0);

        assert_ok(end);
        assert_ok(never);
        fake_finish(fake_job(7, 0), JOB_COMPLETED);
        client_settle(watcher);
        client_settle(subscriber);
        ck_assert_uint_eq(client_n_events(watcher, "StateChanged"), 1);
        ck_assert_uint_eq(client_n_events(subscriber, "StateChanged"), 0);
}
END_TEST

START_TEST(silent_watcher) {
        g_autoptr(Client) silent = client_new(fake.name, 0, true), watcher = client_new(fake.name, 0, true),
                          subscriber = subscriber_new(0);
        Job *job = fake_job(7, 0);
        guint n = UNREAD_SIGNALS_MAX / REASON_SIZE;

        hear_nothing(silent);
        tell(job, watcher, n);
        client_settle(subscriber);
        /* everybody is told nothing any more; the subscriber has missed none */
        ck_assert_uint_lt(client_n_events(watcher, "StateChanged"), n);
        ck_assert_uint_eq(client_n_events(subscriber, "StateChanged"), n);
        ck_assert_uint_eq(client_n_events(subscriber, "SignalsMissed"), 0);
}
END_TEST

START_TEST(silent_subscriber) {
        g_autoptr(Client) silent = subscriber_new(0), watcher = client_new(fake.name, 0, true),
                          subscriber = subscriber_new(0);
        Job *job = fake_job(7, 0);
        guint n = UNREAD_SIGNALS_MAX / REASON_SIZE, heard;

        hear_nothing(silent);
        tell(job, watcher, n);
        client_settle(subscriber);
        ck_assert_uint_eq(client_n_events(watcher, "StateChanged"), n);
        ck_assert_uint_eq(client_n_events(subscriber, "StateChanged"), n);

        /* what he has missed is missed, and told; then he hears everything again */
        hear(silent);
        loop_until(client_n_events(silent, "SignalsMissed") > 0);
        heard = client_n_events(silent, "StateChanged");
        ck_assert_uint_gt(heard, 0);
        ck_assert_uint_le(heard, SUBSCRIBER_UNREAD_MAX / REASON_SIZE);
        tell(job, watcher, 3);
        client_settle(silent);
        ck_assert_uint_eq(client_n_events(silent, "StateChanged"), heard + 3);
        ck_assert_uint_eq(client_n_events(silent, "SignalsMissed"), 1);
}
END_TEST

START_TEST(limits) {
        g_autoptr(GPtrArray) clients = g_ptr_array_new_with_free_func((GDestroyNotify) client_free);
        g_autoptr(Client) one_more = NULL, other = NULL;
        g_autoptr(sd_bus_message) refused = NULL, gone = NULL;

        if (!have_users())
                return;
        for (guint i = 0; i < USER_SUBSCRIPTIONS_MAX; i++)
                g_ptr_array_add(clients, subscriber_new(USER));
        one_more = client_new(fake.name, USER, false);
        refused = call_sync(one_more, MANAGER, "Subscribe", "a{sv}", 0);
        assert_error(refused, "LimitExceeded", "16 connections of user 1");
        other = subscriber_new(OTHER_USER);
        /* who leaves makes room */
        g_ptr_array_set_size(clients, USER_SUBSCRIPTIONS_MAX - 1);
        do {
                sd_bus_message_unref(gone);
                gone = call_sync(one_more, MANAGER, "Subscribe", "a{sv}", 0);
        } while (sd_bus_message_is_method_error(gone, NULL));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-subscribers");
        TCase *tcase = tcase_create("subscribers");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_test(tcase, hears_all);
        tcase_add_test(tcase, unsubscribe);
        tcase_add_test(tcase, silent_watcher);
        tcase_add_test(tcase, silent_subscriber);
        tcase_add_test(tcase, limits);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
