/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include "../unit/run.h"
#include "bus/backlog.h"
#include "bus/unread.h"
#include "server.h"

/* Answers that are not read. A list of all jobs is 3.2 MB; half of what UNREAD_MAX leaves is 26 MiB for the
 * first user. */

#define MIB          (1024U * 1024U)
#define FIRST_SHARE  (UNREAD_MAX / 3)
#define ROOT_SHARE   (UNREAD_ROOT_MAX / 2)
#define LIST_MAX     (4U * MIB)
#define CALLS        20U
#define HELD_BY_USER HELD_CALLS_MAX

static sd_bus *asker;

static void setup(void) {
        g_autofree char *status = g_strnfill(16 * 1024, 'x');

        fake_setup();
        for (uint32_t id = 1; id <= 200; id++)
                fake_job(id, 0)->status_message = g_strdup(status);
        asker = bus_connect(0);
}

static void teardown(void) {
        asker = sd_bus_flush_close_unref(asker);
        fake_teardown();
}

/* What the bus keeps for the client. */
static uint32_t unread_of(Client *client, const char *what) {
        g_autoptr(sd_bus_message) reply = NULL;
        const char *name;
        uint32_t n = 0;

        ck_assert_int_ge(sd_bus_get_unique_name(client->bus, &name), 0);
        ck_assert_int_ge(sd_bus_call_method(asker, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                            "org.freedesktop.DBus.Debug.Stats", "GetConnectionStats", NULL,
                                            &reply, "s", name),
                         0);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "{sv}"), 0);
        while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
                const char *key;

                ck_assert_int_gt(sd_bus_message_read(reply, "s", &key), 0);
                if (g_str_equal(key, what))
                        ck_assert_int_gt(sd_bus_message_read(reply, "v", "u", &n), 0);
                else
                        ck_assert_int_gt(sd_bus_message_skip(reply, "v"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
        }
        return n;
}

static uint32_t unread(Client *client) {
        return unread_of(client, "OutgoingBytes");
}

static void list(Client *client, GPtrArray *calls, guint n) {
        for (guint i = 0; i < n; i++)
                g_ptr_array_add(calls, call_async(client, MANAGER, "ListJobs", "a{sv}", 0));
}

/* Somebody who calls so often, and reads nothing. */
static Client *silent_new(uid_t uid, GPtrArray *calls, guint n) {
        Client *client = client_new(fake.name, uid, false);

        ck_assert_int_ge(sd_bus_detach_event(client->bus), 0);
        list(client, calls, n);
        ck_assert_int_ge(sd_bus_flush(client->bus), 0);
        return client;
}

static GPtrArray *calls_new(void) {
        return g_ptr_array_new_with_free_func((GDestroyNotify) call_free);
}

/* Until no more comes for it: that calls of it wait is known when the bus has answered jobd. */
static void settle(Client *silent, Client *other) {
        uint32_t before;

        loop_until(unread(silent) > FIRST_SHARE - LIST_MAX);
        do {
                before = unread(silent);
                for (guint i = 0; i < 20; i++)
                        client_settle(other);
        } while (unread(silent) != before);
}

START_TEST(is_bounded) {
        g_autoptr(GPtrArray) calls = calls_new();
        g_autoptr(Client) root = client_new(fake.name, 0, false), other = NULL, silent = NULL;

        if (!have_users())
                return;
        silent = silent_new(USER, calls, CALLS);
        settle(silent, root);
        ck_assert_uint_lt(unread(silent), FIRST_SHARE + LIST_MAX);

        /* there is room for others */
        other = client_new(fake.name, OTHER_USER, false);
        for (guint i = 0; i < CALLS; i++) {
                g_autoptr(sd_bus_message) reply = call_sync(other, MANAGER, "ListJobs", "a{sv}", 0);

                assert_ok(reply);
        }
        ck_assert_uint_gt(unread(silent), FIRST_SHARE - LIST_MAX);

        /* who reads at last is answered */
        ck_assert_int_ge(sd_bus_attach_event(silent->bus, loop, 0), 0);
        for (guint i = 0; i < CALLS; i++)
                assert_ok(call_wait(g_ptr_array_index(calls, i)));
}
END_TEST

START_TEST(of_two_connections) {
        g_autoptr(GPtrArray) calls = calls_new(), waiting = calls_new();
        g_autoptr(Client) root = client_new(fake.name, 0, false), second = NULL, silent = NULL;
        g_autoptr(sd_bus_message) small = NULL;

        if (!have_users())
                return;
        silent = silent_new(USER, calls, CALLS);
        settle(silent, root);
        second = client_new(fake.name, USER, false);
        list(second, waiting, 1);
        small = call_sync(second, MANAGER, "GetJob", "ua{sv}", 7, 0);
        assert_ok(small);
        ck_assert_ptr_null(((const Call *) g_ptr_array_index(waiting, 0))->reply);

        /* with a client go its debts, and its calls */
        g_ptr_array_set_size(calls, 0);
        g_clear_pointer(&silent, client_free);
        assert_ok(call_wait(g_ptr_array_index(waiting, 0)));
}
END_TEST

/* One connection's calls do not wait for all that another of the same user has sent. */
START_TEST(turns_of_connections) {
        enum { MANY = 1000 };
        g_autoptr(GPtrArray) calls = calls_new();
        g_autoptr(Client) busy = client_new(fake.name, 0, false), other = client_new(fake.name, 0, false);
        g_autoptr(Call) call = NULL;
        guint answered = 0;

        client_settle(busy);
        client_settle(other);
        for (guint i = 0; i < MANY; i++)
                g_ptr_array_add(calls, call_async(busy, MANAGER, "GetJob", "ua{sv}", 7, 0));
        ck_assert_int_ge(sd_bus_flush(busy->bus), 0);
        call = call_async(other, MANAGER, "GetJob", "ua{sv}", 7, 0);
        assert_ok(call_wait(call));
        for (guint i = 0; i < MANY; i++)
                answered += ((const Call *) g_ptr_array_index(calls, i))->reply != NULL;
        ck_assert_uint_lt(answered, MANY / 2);
}
END_TEST

START_TEST(waiting_calls_are_bounded) {
        g_autoptr(GPtrArray) calls = calls_new(), waiting = calls_new();
        g_autoptr(Client) root = client_new(fake.name, 0, false), second = NULL, silent = NULL;
        g_autoptr(sd_bus_message) refused = NULL;

        if (!have_users())
                return;
        silent = silent_new(USER, calls, CALLS);
        settle(silent, root);
        second = client_new(fake.name, USER, false);
        list(second, waiting, HELD_BY_USER);
        refused = call_sync(second, MANAGER, "ListJobs", "a{sv}", 0);
        assert_error(refused, "LimitExceeded", "2048");
}
END_TEST

/* Root has more room, but leaves some for users. */
START_TEST(of_root) {
        g_autoptr(GPtrArray) calls = calls_new();
        g_autoptr(Client) silent = silent_new(0, calls, ROOT_SHARE / (3 * MIB) + CALLS), user = NULL;

        loop_until(unread(silent) > ROOT_SHARE);
        for (guint i = 0; i < 100; i++)
                loop_turn();
        ck_assert_uint_lt(unread(silent), ROOT_SHARE + LIST_MAX);
        if (!have_users())
                return;
        user = client_new(fake.name, USER, false);
        client_settle(user);
}
END_TEST

/* Sixty-four descriptors that are not read would stop the bus. */
START_TEST(descriptors) {
        enum { OPENED = 100 };
        g_autoptr(GPtrArray) calls = calls_new();
        g_autoptr(Client) root = client_new(fake.name, 0, false), silent = NULL;

        if (!have_users())
                return;
        fake_job(1000, USER);
        silent = silent_new(USER, calls, 1); /* behind a list, no descriptor gets as far as its socket */
        for (guint i = 0; i < OPENED; i++)
                g_ptr_array_add(calls,
                                call_async(silent, JOB(1000), "OpenOutput", "ta{sv}", UINT64_C(0), 0));
        ck_assert_int_ge(sd_bus_flush(silent->bus), 0);
        loop_until(unread_of(silent, "OutgoingFDs") >= UNREAD_FDS_MAX / 3);
        for (guint i = 0; i < 20; i++)
                client_settle(root);
        ck_assert_uint_le(unread_of(silent, "OutgoingFDs"), UNREAD_FDS_MAX / 3 + 1);

        ck_assert_int_ge(sd_bus_attach_event(silent->bus, loop, 0), 0);
        for (guint i = 0; i <= OPENED; i++)
                assert_ok(call_wait(g_ptr_array_index(calls, i)));
}
END_TEST

/* One who subscribed and reads nothing costs the others signals, nothing else; and those only until he
 * leaves. */
START_TEST(signals) {
        g_autoptr(Client) silent = client_new(fake.name, 0, true), other = client_new(fake.name, 0, true);
        Job *job = fake_job(1000, 0);
        guint n = 0;

        ck_assert_int_ge(sd_bus_detach_event(silent->bus), 0);
        /* each is told at once, with a reason of 16 KiB */
        job->reason = g_strnfill(16 * 1024, 'x');
        while (n < 4 * UNREAD_SIGNALS_MAX / (16 * 1024)) {
                bus_job_changed(fake.server, job, JOB_CHANGE_STATE, JOB_SUSPENDED);
                if (++n % 16 == 0)
                        client_settle(other);
        }
        ck_assert_uint_gt(unread(silent), UNREAD_SIGNALS_MAX);
        ck_assert_uint_lt(unread(silent), 3 * UNREAD_SIGNALS_MAX);

        g_clear_pointer(&silent, client_free);
        n = client_n_events(other, "StateChanged");
        while (client_n_events(other, "StateChanged") == n) {
                bus_job_changed(fake.server, job, JOB_CHANGE_STATE, JOB_SUSPENDED);
                client_settle(other);
        }
}
END_TEST

/* What is too large for its method waits for nothing. */
START_TEST(too_large) {
        g_autofree char *words = g_strnfill(70 * 1024, 'x');
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message)
                        large = call_sync(client, MANAGER, "ListJobs", "a{sv}", 1, words, "s", "x");

        assert_error(large, "LimitExceeded", "ListJobs takes 64 KiB");
}
END_TEST

START_TEST(too_many_descriptors) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) none = call_sync(client, MANAGER, "ListJobs", "a{sv}", 1, "X", "h", 0),
                                  one = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 2, "X",
                                                  "h", 0, "Y", "h", 0);

        assert_error(none, "InvalidArgument", "than ListJobs takes: 0");
        assert_error(one, "InvalidArgument", "than StartJob takes: 1");
}
END_TEST

/* So many that copying them is a job's work, and has its turn. */
START_TEST(many_words) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *call = call_new(client, MANAGER, "StartJob");
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(sd_bus_message_open_container(call, 'a', "s"), 0);
        for (guint i = 0; i < 100000; i++)
                ck_assert_int_ge(sd_bus_message_append(call, "s", "word"), 0);
        ck_assert_int_ge(sd_bus_message_close_container(call), 0);
        ck_assert_int_ge(sd_bus_message_append(call, "a{sv}", 0), 0);
        reply = call_message(client, call);
        assert_ok(reply);
        ck_assert_uint_eq(fake.n_accepted, 1);
}
END_TEST

static void post(Client *client, sd_bus_message *taken) {
        g_autoptr(sd_bus_message) call = taken;

        ck_assert_int_ge(sd_bus_message_set_expect_reply(call, false), 0);
        ck_assert_int_ge(sd_bus_send(client->bus, call, NULL), 0);
}

/* Without an answer, what acts is done, and what only answers is not. */
START_TEST(no_answer) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *kill = call_new(client, JOB(300), "Kill"),
                       *receive = call_new(client, JOB(300), "Receive");
        Job *job = fake_job(300, 0);

        fake_output(job, 1, "output");
        ck_assert_int_ge(sd_bus_message_append(receive, "bta{sv}", 0, UINT64_C(100), 0), 0);
        ck_assert_int_ge(sd_bus_message_append(kill, "sa{sv}", "USR1", 0), 0);
        post(client, receive);
        post(client, kill);
        loop_until(fake.killed_with != 0);
        ck_assert_uint_eq(job->output.begin, 0);
}
END_TEST

/* When all is answered, nothing wakes jobd any more. */
START_TEST(rests) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        guint turns = 0;

        for (guint i = 0; i < 10; i++)
                client_settle(client);
        while (sd_event_run(loop, 200 * 1000) > 0)
                ck_assert_uint_lt(++turns, 100);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-unread");
        TCase *tcase = tcase_create("unread");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, is_bounded);
        tcase_add_test(tcase, of_two_connections);
        tcase_add_test(tcase, turns_of_connections);
        tcase_add_test(tcase, waiting_calls_are_bounded);
        tcase_add_test(tcase, of_root);
        tcase_add_test(tcase, descriptors);
        tcase_add_test(tcase, signals);
        tcase_add_test(tcase, too_large);
        tcase_add_test(tcase, too_many_descriptors);
        tcase_add_test(tcase, many_words);
        tcase_add_test(tcase, no_answer);
        tcase_add_test(tcase, rests);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
