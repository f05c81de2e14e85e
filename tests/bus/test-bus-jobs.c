/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/run.h"
#include "base/error.h"
#include "polkit.h"
#include "server.h"

/* Finding, listing, stopping, killing and removing jobs, and who may. */

static const char *const no_jobs[] = {
        "/org/jobd1/job/8",
        "/org/jobd1/job/4294967303", /* 7 when cut to 32 bits */
        "/org/jobd1/job/_4294967303",
        "/org/jobd1/job/07",
        "/org/jobd1/job/7/2",
        "/org/jobd1/job/_37",
        /* "7", as some bindings escape it */ "/org/jobd1/job/0",
        "/org/jobd1/job/x",
};

START_TEST(not_a_job) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) property = NULL, method = NULL, wait = NULL;

        (void) fake_job(7, 0);
        property = call_sync(client, no_jobs[_i], "org.freedesktop.DBus.Properties", "Get", "ss",
                             JOBD_JOB_INTERFACE, "State");
        assert_error(property, "NoSuchJob", no_jobs[_i]);
        method = call_sync(client, no_jobs[_i], JOBD_JOB_INTERFACE, "Stop", "a{sv}", 0);
        assert_error(method, "NoSuchJob", no_jobs[_i]);
        wait = call_sync(client, MANAGER, "WaitJobs", "aoa{sv}", 1, no_jobs[_i], 0);
        assert_error(wait, "NoSuchJob", no_jobs[_i]);
        ck_assert_uint_eq(fake.n_stopped, 0);
}
END_TEST

START_TEST(get_job) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) found = NULL, missing = NULL;
        const char *path;

        (void) fake_job(4294967295U, 0);
        found = call_sync(client, MANAGER, "GetJob", "ua{sv}", 4294967295U, 0);
        assert_ok(found);
        ck_assert_int_gt(sd_bus_message_read(found, "o", &path), 0);
        ck_assert_str_eq(path, "/org/jobd1/job/4294967295");
        missing = call_sync(client, MANAGER, "GetJob", "ua{sv}", 8, 0);
        assert_error(missing, "NoSuchJob", "8");
}
END_TEST

/* "7 9": the ids that ListJobs gives with these options. */
static char *list_ids(Client *client, sd_bus_message *m) {
        g_autoptr(sd_bus_message) reply = call_message(client, m);
        GString *ids = g_string_new(NULL);
        const char *path;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "(oa{sv})"), 0);
        while (sd_bus_message_enter_container(reply, 'r', "oa{sv}") > 0) {
                ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
                g_string_append_printf(ids, "%s%s", ids->len ? " " : "", strrchr(path, '/') + 1);
                ck_assert_int_gt(sd_bus_message_skip(reply, "a{sv}"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
        }
        return g_string_free(ids, FALSE);
}

#define LIST(name, ...)                                                \
        static int name(sd_bus_message *m) {                           \
                return sd_bus_message_append(m, "a{sv}", __VA_ARGS__); \
        }
LIST(all, 0)
LIST(running, 1, "States", "as", 1, "Running")
LIST(finished, 1, "States", "as", 3, "Completed", "Failed", "Stopped")
LIST(no_state, 1, "States", "as", 0)
LIST(of_daemon, 1, "Owner", "u", USER)
LIST(newest_one, 1, "Newest", "u", 1)
LIST(newest_three, 1, "Newest", "u", 3)
LIST(newest_none, 1, "Newest", "u", 0)
LIST(before, 1, "Before", "t", UINT64_C(200))
LIST(after, 1, "After", "t", UINT64_C(100))
LIST(between, 2, "After", "t", UINT64_C(100), "Before", "t", UINT64_C(300))
LIST(with_data, 1, "HasMoreData", "b", 1)
LIST(without_data, 1, "HasMoreData", "b", 0)
LIST(limited, 1, "Limit", "u", 2)
LIST(named, 1, "Ids", "au", 4, 4, 2, 9, 2)
LIST(none_named, 1, "Ids", "au", 0)
LIST(named_and_running, 2, "Ids", "au", 3, 1, 2, 3, "States", "as", 1, "Running")
LIST(newest_of_named, 2, "Newest", "u", 1, "Ids", "au", 3, 4, 2, 3)
LIST(from_third, 1, "From", "u", 3)
LIST(limited_from_second, 2, "From", "u", 2, "Limit", "u", 2)
LIST(from_behind_all, 1, "From", "u", 6)
LIST(all_must_hold, 2, "States", "as", 1, "Running", "Owner", "u", USER)

/* Job 1 runs and is root's, 2 of daemon ended at 300, 3 at 100, 4 at 200 with data left, 5 of daemon
 * runs. */
static const struct {
        int (*append)(sd_bus_message *m);
        const char *ids;
} lists[] = {
        { all, "1 2 3 4 5" },      { running, "1 5" },      { finished, "2 3 4" },
        { no_state, "1 2 3 4 5" }, { of_daemon, "2 5" },    { newest_one, "5" },
        { newest_three, "1 2 5" }, { newest_none, "" },     { before, "3" },
        { after, "2 4" },          { between, "4" },        { with_data, "1 4 5" },
        { without_data, "2 3" },   { limited, "1 2" },      { all_must_hold, "5" },
        { named, "2 4" },          { none_named, "" },      { named_and_running, "1" },
        { newest_of_named, "2" },  { from_third, "3 4 5" }, { limited_from_second, "2 3" },
        { from_behind_all, "" },
};

START_TEST(list) {
        static const uint64_t ended[] = { 0, 300, 100, 200, 0 };
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *m = call_new(client, MANAGER, "ListJobs");
        g_autofree char *ids = NULL;

        for (uint32_t id = 5; id >= 1; id--) {
                Job *job = fake_job(id, id == 2 || id == 5 ? USER : 0);

                if (id == 4)
                        fake_output(job, 0, "unread");
                if (ended[id - 1]) {
                        fake_finish(job, JOB_COMPLETED);
                        job->ended = ended[id - 1];
                }
        }
        ck_assert_int_ge(lists[_i].append(m), 0);
        ids = list_ids(client, m);
        ck_assert_str_eq(ids, lists[_i].ids);
}
END_TEST

/* One answer stays far below what dbus-daemon takes, 32 MiB, and the next goes on where it ends. */
START_TEST(long_list) {
        enum { N = 3000 };
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autofree char *status = g_strnfill(16 * 1024, 'x');
        guint listed = 0, n, answers = 0;

        for (uint32_t id = 1; id <= N; id++)
                fake_job(id, 0)->status_message = g_strdup(status);
        do {
                sd_bus_message *m = call_new(client, MANAGER, "ListJobs");
                g_autofree char *ids = NULL;
                g_auto(GStrv) words = NULL;

                ck_assert_int_ge(sd_bus_message_append(m, "a{sv}", 1, "From", "u", listed + 1), 0);
                ids = list_ids(client, m);
                words = g_strsplit(ids, " ", 0);
                n = ids[0] ? g_strv_length(words) : 0;
                ck_assert_uint_lt(n, 1100);
                if (n > 0)
                        ck_assert_uint_eq((guint) atoi(words[0]), listed + 1);
                listed += n;
                answers++;
        } while (n > 0);
        ck_assert_uint_eq(listed, N);
        ck_assert_uint_gt(answers, 3);
}
END_TEST

/* A client that reads no answer fills dbus-daemon, not jobd: large answers are made when those before are
 * gone. */
START_TEST(answers_that_nobody_reads) {
        enum { CALLS = 100 };
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autofree char *status = g_strnfill(16 * 1024, 'x');
        uint64_t most = 0, queued;
        g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func((GDestroyNotify) call_free);

        for (uint32_t id = 1; id <= 200; id++)
                fake_job(id, 0)->status_message = g_strdup(status);
        for (guint i = 0; i < CALLS; i++)
                g_ptr_array_add(calls, call_async(client, MANAGER, "ListJobs", "a{sv}", 0));
        for (guint i = 0; i < CALLS; i++) {
                const Call *call = g_ptr_array_index(calls, i);

                while (!call->reply) {
                        loop_turn();
                        ck_assert_int_ge(sd_bus_get_n_queued_write(fake.bus, &queued), 0);
                        most = MAX(most, queued);
                }
                assert_ok(call->reply);
        }
        ck_assert_uint_lt(most, 20);
}
END_TEST

LIST(unknown_state, 1, "States", "as", 1, "Sleeping")
LIST(unknown_property, 1, "Properties", "as", 1, "Color")
LIST(unknown_option, 1, "State", "s", "Running")
LIST(wrong_type, 1, "Newest", "s", "1")
LIST(too_many, 1, "Newest", "t", UINT64_C(1) << 32)

static const struct {
        int (*append)(sd_bus_message *m);
        const char *error, *text;
} wrong_lists[] = {
        { unknown_state, "InvalidArgument", "Sleeping" },
        { unknown_property, "InvalidArgument", "Color" },
        { unknown_option, "UnknownOption", "State" },
        { wrong_type, "InvalidArgument", "Newest: its type is u, not s" },
        { too_many, "InvalidArgument", "Newest: 4294967296 is more than 4294967295" },
};

START_TEST(list_refuses) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        sd_bus_message *m = call_new(client, MANAGER, "ListJobs");
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(wrong_lists[_i].append(m), 0);
        reply = call_message(client, m);
        assert_error(reply, wrong_lists[_i].error, wrong_lists[_i].text);
}
END_TEST

/* The value of Command in the only job's entry; NULL if it has none. */
static char *listed_command(Client *client, guint *ret_n_properties) {
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "ListJobs", "a{sv}", 0);
        const char *name, *value = NULL;

        assert_ok(reply);
        *ret_n_properties = 0;
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "(oa{sv})"), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'r', "oa{sv}"), 0);
        ck_assert_int_gt(sd_bus_message_skip(reply, "o"), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "{sv}"), 0);
        while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
                ck_assert_int_gt(sd_bus_message_read(reply, "s", &name), 0);
                if (strcmp(name, "Command") == 0)
                        ck_assert_int_gt(sd_bus_message_read(reply, "v", "s", &value), 0);
                else
                        ck_assert_int_gt(sd_bus_message_skip(reply, "v"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
                ++*ret_n_properties;
        }
        return g_strdup(value);
}

/* A job's command is its owner's and root's. */
START_TEST(command_is_private) {
        g_autoptr(Client) root = NULL, owner = NULL, other = NULL;
        g_autofree char *for_root = NULL, *for_owner = NULL, *for_other = NULL;
        guint all_properties, public_properties;

        if (!have_users())
                return;
        root = client_new(fake.name, 0, false);
        owner = client_new(fake.name, USER, false);
        other = client_new(fake.name, OTHER_USER, false);
        (void) fake_job(7, USER);
        for_root = listed_command(root, &all_properties);
        for_owner = listed_command(owner, &all_properties);
        for_other = listed_command(other, &public_properties);
        ck_assert_str_eq(for_root, "sh -c $'it\\'s \\xff'");
        ck_assert_str_eq(for_owner, for_root);
        ck_assert_ptr_null(for_other);
        ck_assert_uint_eq(public_properties + 2, all_properties); /* nor the directory */
        ck_assert_uint_ge(public_properties, 25);
}
END_TEST

/* Every method that acts on a job or tells of its private side, with its arguments before the options. */
static int nothing(sd_bus_message *m) {
        return 0;
}
static int term(sd_bus_message *m) {
        return sd_bus_message_append(m, "s", "TERM");
}
static int three_numbers(sd_bus_message *m) {
        return sd_bus_message_append(m, "ttt", UINT64_C(0), UINT64_C(100), UINT64_C(0));
}
static int two_numbers(sd_bus_message *m) {
        return sd_bus_message_append(m, "tt", UINT64_C(0), UINT64_C(0));
}
static int one_number(sd_bus_message *m) {
        return sd_bus_message_append(m, "t", UINT64_C(0));
}
static int keep(sd_bus_message *m) {
        return sd_bus_message_append(m, "bt", 1, UINT64_C(100));
}

static const struct {
        const char *member;
        int (*append)(sd_bus_message *m);
        const char *option; /* a boolean that is true */
} private[] = {
        { "GetDetails", nothing, NULL },
        { "ReadOutput", three_numbers, NULL },
        { "OpenOutput", one_number, NULL },
        { "BeginReceive", nothing, NULL },
        { "Consume", two_numbers, NULL },
        { "EndReceive", nothing, NULL },
        { "Receive", keep, NULL },
        { "Stop", nothing, NULL },
        { "Kill", term, NULL },
        { "Remove", nothing, "Force" },
};

static sd_bus_message *call_private(Client *client, int i, const char *option) {
        sd_bus_message *m = call_new(client, JOB(7), private[i].member);

        ck_assert_int_ge(private[i].append(m), 0);
        ck_assert_int_ge(option ? sd_bus_message_append(m, "a{sv}", 1, option, "b", 1)
                                : sd_bus_message_append(m, "a{sv}", 0),
                         0);
        return call_message(client, m);
}

START_TEST(somebody_elses_job) {
        g_autoptr(Client) client = NULL;
        g_autoptr(sd_bus_message) reply = NULL;

        if (!have_users())
                return;
        polkit_setup();
        polkit.says = SAYS_NO;
        client = client_new(fake.name, OTHER_USER, false);
        (void) fake_job(7, USER);
        reply = call_private(client, _i, private[_i].option);
        assert_error(reply, "AccessDenied", "7");
        ck_assert_uint_eq(fake.n_stopped + fake.n_removed, 0);
        ck_assert_int_eq(fake.killed_with, 0);
        /* and that is told, once */
        ck_assert_uint_eq(fake.n_refused, 1);
        ck_assert_uint_eq(fake.refused_to, OTHER_USER);
        ck_assert_uint_eq(fake.refused_job, 7);
        ck_assert_str_eq(fake.refused_member, private[_i].member);
        ck_assert_str_eq(fake.refused_why, sd_bus_message_get_error(reply)->message);
        polkit_teardown();
}
END_TEST

/* … and that all members are in one of the lists above or below. */
START_TEST(own_job) {
        g_autoptr(Client) client = NULL;
        g_autoptr(sd_bus_message) reply = NULL;

        if (!have_users())
                return;
        client = client_new(fake.name, USER, false);
        fake.stop_is_instant = true;
        (void) fake_job(7, USER);
        if (g_str_equal(private[_i].member, "Consume"))
                sd_bus_message_unref(call_sync(client, JOB(7), "BeginReceive", "a{sv}", 0));
        reply = call_private(client, _i, private[_i].option);
        assert_ok(reply);
        ck_assert_uint_eq(fake.n_refused, 0);
        if (g_str_equal(private[_i].member, "Kill"))
                ck_assert_uint_eq(fake.killed_by, USER);
        if (g_str_equal(private[_i].member, "Remove"))
                ck_assert_uint_eq(fake.removed_by, USER);
}
END_TEST

START_TEST(no_other_option) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        reply = call_private(client, _i, "Froce");
        assert_error(reply, "UnknownOption", "Froce");
        ck_assert_uint_eq(fake.n_stopped + fake.n_removed, 0);
}
END_TEST

START_TEST(no_option_of_the_manager) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) get = NULL, reload = NULL;

        get = call_sync(client, MANAGER, "GetJob", "ua{sv}", 7, 1, "Froce", "b", 1);
        assert_error(get, "UnknownOption", "Froce");
        reload = call_sync(client, MANAGER, "Reload", "a{sv}", 1, "Froce", "b", 1);
        assert_error(reload, "UnknownOption", "Froce");
}
END_TEST

/* What everybody may: seeing, and waiting. */
START_TEST(public) {
        g_autoptr(Client) client = NULL;
        g_autofree char *state = NULL, *owner = NULL;
        g_autoptr(sd_bus_message) wait = NULL;

        if (!have_users())
                return;
        client = client_new(fake.name, OTHER_USER, false);
        (void) fake_job(7, USER);
        state = get_property(client, JOB(7), "State");
        owner = get_property(client, JOB(7), "Owner");
        ck_assert_str_eq(state, "Running");
        ck_assert_str_eq(owner, G_STRINGIFY(1));
        wait = call_sync(client, JOB(7), "Wait", "a{sv}", 1, "TimeoutUSec", "t", UINT64_C(0));
        assert_ok(wait);
}
END_TEST

START_TEST(details) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;
        Job *job = fake_job(7, 0);
        const char *name;
        guint n = 0;

        if (_i) /* from the record then */
                fake_finish(job, JOB_COMPLETED);
        reply = call_sync(client, JOB(7), "GetDetails", "a{sv}", 0);
        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "{sv}"), 0);
        while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
                const void *bytes;
                size_t size;

                ck_assert_int_gt(sd_bus_message_read(reply, "s", &name), 0);
                if (strcmp(name, "EnvironmentNames") == 0) { /* and no values */
                        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'v', "aay"), 0);
                        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "ay"), 0);
                        ck_assert_int_gt(sd_bus_message_read_array(reply, 'y', &bytes, &size), 0);
                        ck_assert_uint_eq(size, strlen("SECRET"));
                        ck_assert(memcmp(bytes, "SECRET", size) == 0);
                        ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
                        ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
                        n++;
                } else if (strcmp(name, "Command") == 0) { /* as ListJobs has it */
                        ck_assert_int_gt(sd_bus_message_read(reply, "v", "s", &name), 0);
                        ck_assert_str_eq(name, job->command);
                        n++;
                } else if (strcmp(name, "CommandBytes") == 0) {
                        ck_assert_int_gt(sd_bus_message_skip(reply, "v"), 0);
                        n++;
                } else
                        ck_assert_int_gt(sd_bus_message_skip(reply, "v"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
        }
        ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(stop_waits) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) first = NULL, second = NULL;
        Job *job = fake_job(7, 0);

        first = call_async(client, JOB(7), "Stop", "a{sv}", 0);
        second = call_async(client, JOB(7), "Stop", "a{sv}", 1, "Wait", "b", 1);
        client_settle(client);
        ck_assert_uint_ge(fake.n_stopped, 1);
        ck_assert_ptr_null(first->reply);
        ck_assert_ptr_null(second->reply);
        fake_finish(job, JOB_STOPPED);
        assert_ok(call_wait(first));
        assert_ok(call_wait(second));
        ck_assert_int_lt(client_event_place(client, "StateChanged Stopped Stopping"),
                         client_event_place(client, "reply Stop"));
}
END_TEST

START_TEST(suspend_waits) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) suspend = NULL, resume = NULL;
        Job *job = fake_job(7, 0);

        suspend = call_async(client, JOB(7), "Suspend", "a{sv}", 0);
        client_settle(client);
        ck_assert_ptr_null(suspend->reply);
        ck_assert_int_eq(job_set_state(job, JOB_SUSPENDED, 5), 0);
        assert_ok(call_wait(suspend));
        resume = call_async(client, JOB(7), "Resume", "a{sv}", 0);
        client_settle(client);
        ck_assert_ptr_null(resume->reply);
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 5), 0);
        assert_ok(call_wait(resume));
}
END_TEST

START_TEST(what_systemd_refuses) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) suspend = NULL, resume = NULL;
        Job *job = fake_job(7, 0);

        suspend = call_async(client, JOB(7), "Suspend", "a{sv}", 0);
        client_settle(client);
        ck_assert_int_eq(job_set_state_because(job, JOB_RUNNING, 5, "could not be suspended: no freezer"),
                         0);
        assert_error(call_wait(suspend), "NotSupported", "no freezer");
        ck_assert_int_eq(job_set_state(job, JOB_SUSPENDED, 5), 0);
        client_settle(client);
        resume = call_async(client, JOB(7), "Resume", "a{sv}", 0);
        client_settle(client);
        job_refuse(job, "could not be resumed: it is busy");
        assert_error(call_wait(resume), "NotSupported", "it is busy");
        ck_assert_str_eq(job_state_to_string(job->state), "Suspended");
}
END_TEST

static const JobState ends_of_suspending[] = { JOB_COMPLETED, JOB_FAILED, JOB_STOPPED };

START_TEST(ends_while_suspending) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) suspend = NULL;
        Job *job = fake_job(7, 0);

        suspend = call_async(client, JOB(7), "Suspend", "a{sv}", 0);
        client_settle(client);
        fake_finish(job, ends_of_suspending[_i]);
        assert_error(call_wait(suspend), "AlreadyFinished", job_state_to_string(ends_of_suspending[_i]));
}
END_TEST

START_TEST(stop_without_waiting) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;
        Job *job = fake_job(7, 0);

        reply = call_sync(client, JOB(7), "Stop", "a{sv}", 1, "Wait", "b", 0);
        assert_ok(reply);
        ck_assert_str_eq(job_state_to_string(job->state), "Stopping");
}
END_TEST

static const struct {
        const char *member, *types;
        bool word;
} on_finished[] = { { "Stop", "a{sv}", false }, { "Kill", "sa{sv}", true } };

START_TEST(already_finished) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        fake_finish(fake_job(7, 0), JOB_FAILED);
        if (on_finished[_i].word)
                reply = call_sync(client, JOB(7), on_finished[_i].member, on_finished[_i].types, "TERM", 0);
        else
                reply = call_sync(client, JOB(7), on_finished[_i].member, on_finished[_i].types, 0);
        assert_error(reply, "AlreadyFinished", "Failed");
        ck_assert_uint_eq(fake.n_stopped, 0);
        ck_assert_int_eq(fake.killed_with, 0);
}
END_TEST

static const struct {
        const char *word;
        int signo; /* 0: InvalidArgument */
} signals[] = {
        { "TERM", SIGTERM }, { "SIGINT", SIGINT }, { "9", SIGKILL }, { "USR1", SIGUSR1 }, { "", 0 },
        { "0", 0 },          { "65", 0 },          { "-1", 0 },      { "HURT", 0 },
};

START_TEST(kills) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        reply = call_sync(client, JOB(7), "Kill", "sa{sv}", signals[_i].word, 0);
        if (signals[_i].signo)
                assert_ok(reply);
        else
                assert_error(reply, "InvalidArgument", "signal");
        ck_assert_int_eq(fake.killed_with, signals[_i].signo);
}
END_TEST

START_TEST(kills_whom) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) one = NULL, all = NULL, none = NULL;

        (void) fake_job(7, 0);
        all = call_sync(client, JOB(7), "Kill", "sa{sv}", "TERM", 1, "Whom", "s", "all");
        assert_ok(all);
        ck_assert(fake.killed_all);
        one = call_sync(client, JOB(7), "Kill", "sa{sv}", "USR1", 1, "Whom", "s", "main");
        assert_ok(one);
        ck_assert(!fake.killed_all);
        none = call_sync(client, JOB(7), "Kill", "sa{sv}", "KILL", 1, "Whom", "s", "children");
        assert_error(none, "InvalidArgument", "Whom");
        ck_assert_int_eq(fake.killed_with, SIGUSR1);
}
END_TEST

START_TEST(kill_before_start) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        fake_job(7, 0)->state = JOB_NOT_STARTED;
        reply = call_sync(client, JOB(7), "Kill", "sa{sv}", "TERM", 0);
        assert_error(reply, "NotRunning", "");
}
END_TEST

START_TEST(remove_finished) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(sd_bus_message) reply = NULL;

        fake_finish(fake_job(7, 0), JOB_COMPLETED);
        reply = call_sync(client, JOB(7), "Remove", "a{sv}", 0);
        assert_ok(reply);
        ck_assert_ptr_null(job_table_find(fake.jobs, job_id(7)));
        client_settle(client);
        ck_assert_uint_eq(client_n_events(client, "JobRemoved 7 /org/jobd1/job/7"), 1);
}
END_TEST

START_TEST(remove_unfinished) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL, explicitly = NULL;

        (void) fake_job(7, 0);
        reply = call_sync(client, JOB(7), "Remove", "a{sv}", 0);
        assert_error(reply, "NotFinished", "Running");
        explicitly = call_sync(client, JOB(7), "Remove", "a{sv}", 1, "Force", "b", 0);
        assert_error(explicitly, "NotFinished", "Running");
        ck_assert_uint_eq(fake.n_stopped + fake.n_removed, 0);
        ck_assert_uint_eq(fake.n_refused, 0); /* it is a mistake, and no affair of rights */
}
END_TEST

/* Force stops, waits for the end, removes; once, however many ask for it. */
START_TEST(remove_with_force) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(Call) first = NULL, second = NULL, stop = NULL;
        Job *job = fake_job(7, 0);

        first = call_async(client, JOB(7), "Remove", "a{sv}", 1, "Force", "b", 1);
        second = call_async(client, JOB(7), "Remove", "a{sv}", 1, "Force", "b", 1);
        stop = call_async(client, JOB(7), "Stop", "a{sv}", 0);
        client_settle(client);
        ck_assert_uint_eq(fake.n_removed, 0);
        fake_finish(job, JOB_STOPPED);
        assert_ok(call_wait(first));
        assert_ok(call_wait(second));
        assert_ok(call_wait(stop));
        ck_assert_uint_eq(fake.n_removed, 1);
        ck_assert_uint_eq(client_n_events(client, "JobRemoved"), 1);
        ck_assert_int_lt(client_event_place(client, "StateChanged Stopped"),
                         client_event_place(client, "JobRemoved"));
}
END_TEST

START_TEST(remove_with_force_at_once) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        fake.stop_is_instant = true;
        (void) fake_job(7, 0);
        reply = call_sync(client, JOB(7), "Remove", "a{sv}", 1, "Force", "b", 1);
        assert_ok(reply);
        ck_assert_ptr_null(job_table_find(fake.jobs, job_id(7)));
}
END_TEST

START_TEST(removal_fails) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) at_once = NULL;
        g_autoptr(Call) waiting = NULL;
        Job *job = fake_job(7, 0);

        fake.remove_error = -EROFS;
        waiting = call_async(client, JOB(7), "Remove", "a{sv}", 1, "Force", "b", 1);
        client_settle(client);
        fake_finish(job, JOB_STOPPED);
        ck_assert(sd_bus_message_is_method_error(call_wait(waiting), NULL));
        at_once = call_sync(client, JOB(7), "Remove", "a{sv}", 0);
        ck_assert(sd_bus_message_is_method_error(at_once, NULL));
        ck_assert_ptr_nonnull(job_table_find(fake.jobs, job_id(7)));
}
END_TEST

START_TEST(unknown_options) {
        static const char *const members[] = { "Stop", "Remove", "Wait", "BeginReceive" };
        g_autoptr(Client) client = client_new(fake.name, 0, false);

        (void) fake_job(7, 0);
        for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
                g_autoptr(sd_bus_message) unknown = call_sync(client, JOB(7), members[i], "a{sv}", 1,
                                                              "Speed", "s", "high");

                assert_error(unknown, "UnknownOption", "Speed");
        }
        ck_assert_uint_eq(fake.n_stopped, 0);
}
END_TEST

START_TEST(kill_knows_no_options) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        (void) fake_job(7, 0);
        reply = call_sync(client, JOB(7), "Kill", "sa{sv}", "TERM", 1, "Wait", "b", 1);
        assert_error(reply, "UnknownOption", "Wait");
        ck_assert_int_eq(fake.killed_with, 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-jobs");
        TCase *tcase = tcase_create("bus-jobs");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_loop_test(tcase, not_a_job, 0, G_N_ELEMENTS(no_jobs));
        tcase_add_test(tcase, get_job);
        tcase_add_loop_test(tcase, list, 0, G_N_ELEMENTS(lists));
        tcase_add_test(tcase, long_list);
        tcase_add_test(tcase, answers_that_nobody_reads);
        tcase_add_loop_test(tcase, list_refuses, 0, G_N_ELEMENTS(wrong_lists));
        tcase_add_test(tcase, command_is_private);
        tcase_add_loop_test(tcase, somebody_elses_job, 0, G_N_ELEMENTS(private));
        tcase_add_loop_test(tcase, own_job, 0, G_N_ELEMENTS(private));
        tcase_add_loop_test(tcase, no_other_option, 0, G_N_ELEMENTS(private));
        tcase_add_test(tcase, no_option_of_the_manager);
        tcase_add_test(tcase, public);
        tcase_add_loop_test(tcase, details, 0, 2);
        tcase_add_test(tcase, stop_waits);
        tcase_add_test(tcase, suspend_waits);
        tcase_add_test(tcase, what_systemd_refuses);
        tcase_add_loop_test(tcase, ends_while_suspending, 0, G_N_ELEMENTS(ends_of_suspending));
        tcase_add_test(tcase, stop_without_waiting);
        tcase_add_loop_test(tcase, already_finished, 0, G_N_ELEMENTS(on_finished));
        tcase_add_loop_test(tcase, kills, 0, G_N_ELEMENTS(signals));
        tcase_add_test(tcase, kills_whom);
        tcase_add_test(tcase, kill_before_start);
        tcase_add_test(tcase, remove_finished);
        tcase_add_test(tcase, remove_unfinished);
        tcase_add_test(tcase, remove_with_force);
        tcase_add_test(tcase, remove_with_force_at_once);
        tcase_add_test(tcase, removal_fails);
        tcase_add_test(tcase, unknown_options);
        tcase_add_test(tcase, kill_knows_no_options);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
