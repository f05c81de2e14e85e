/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../unit/run.h"
#include "authz/authz.h"
#include "polkit.h"
#include "server.h"

/*
 * What polkit is asked, when, and what follows from its answer. The callers here are users below 1000: their
 * jobs are org.jobd1.start-confined. What the real polkit says to real users is tested live.
 */

static Client *user, *other, *root;

static void setup(void) {
        fake_setup();
        polkit_setup();
        root = client_new(fake.name, 0, false);
        if (!have_users())
                return;
        user = client_new(fake.name, USER, false);
        other = client_new(fake.name, OTHER_USER, false);
}

static void teardown(void) {
        g_clear_pointer(&user, client_free);
        g_clear_pointer(&other, client_free);
        g_clear_pointer(&root, client_free);
        polkit_teardown();
        fake_teardown();
}

static const char *question(guint i) {
        return i < polkit.questions->len ? g_ptr_array_index(polkit.questions, i) : "no question";
}

static sd_bus_message *start(Client *client) {
        return call_sync(client, MANAGER, "StartJob", "asa{sv}", 2, "make", "-j2", 0);
}

START_TEST(owner_is_asked_with_all_details) {
        g_autoptr(sd_bus_message) reply = NULL;

        if (!have_users())
                return;
        reply = call_sync(user, MANAGER, "StartJob", "asa{sv}", 2, "make", "a b", 1, "WorkingDirectory",
                          "ay", 4, '/', 's', 'r', 'c');
        assert_ok(reply);
        ck_assert_str_eq(question(0), "org.jobd1.start-confined program=make command=make 'a b' "
                                      "directory=/src user=daemon "
                                      "uid=1 owner=daemon identity=daemon");
        ck_assert_uint_eq(polkit.questions->len, 1);
        ck_assert_uint_eq(fake.n_accepted, 1);
        ck_assert_uint_eq(fake.accepted_for, USER);
}
END_TEST

START_TEST(root_is_not_asked) {
        g_autoptr(sd_bus_message) reply = NULL, as_user = NULL;

        polkit.says = SAYS_NO;
        reply = start(root);
        assert_ok(reply);
        as_user = call_sync(root, MANAGER, "StartJob", "asa{sv}", 1, "/bin/true", 1, "User", "s", "daemon");
        assert_ok(as_user);
        ck_assert_uint_eq(polkit.questions->len, 0);
        ck_assert_uint_eq(job_table_find(fake.jobs, job_id(2))->owner, 0);
        ck_assert_uint_eq(job_table_find(fake.jobs, job_id(2))->request->uid, 1);
}
END_TEST

static const struct {
        PolkitSays says;
        const char *error, *text;
} refusals[] = {
        { SAYS_NO, "AccessDenied", "not authorized" },
        { SAYS_DISMISSED, "AccessDenied", "nobody answered" },
        { SAYS_CHALLENGE, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, "administrator" },
        { SAYS_ERROR, "PolicyUnavailable", "the cat is on it" },
};

START_TEST(refused) {
        g_autoptr(sd_bus_message) started = NULL, stopped = NULL;

        if (!have_users())
                return;
        (void) fake_job(7, OTHER_USER);
        polkit.says = refusals[_i].says;
        started = start(user);
        assert_error(started, refusals[_i].error, refusals[_i].text);
        assert_error(started, refusals[_i].error, "org.jobd1.start-confined");
        stopped = call_sync(user, JOB(7), "Stop", "a{sv}", 0);
        assert_error(stopped, refusals[_i].error, refusals[_i].text);
        assert_error(stopped, refusals[_i].error, "Job 7 belongs to another user");
        ck_assert_uint_eq(fake.n_accepted + fake.n_stopped, 0);
}
END_TEST

/* polkit is away: root gets through, owners do to their jobs what they like. */
START_TEST(without_polkit) {
        g_autoptr(sd_bus_message) started = NULL, by_root = NULL, stopped = NULL;

        if (!have_users())
                return;
        ck_assert_int_ge(sd_bus_release_name(polkit.bus, "org.freedesktop.PolicyKit1"), 0);
        (void) fake_job(7, USER);
        started = start(user);
        assert_error(started, "PolicyUnavailable", "org.jobd1.start");
        by_root = start(root);
        assert_ok(by_root);
        stopped = call_sync(user, JOB(7), "Stop", "a{sv}", 1, "Wait", "b", 0);
        assert_ok(stopped);
        ck_assert_uint_eq(fake.n_accepted, 1);
}
END_TEST

START_TEST(interaction_is_passed_on) {
        sd_bus_message *m;
        g_autoptr(sd_bus_message) reply = NULL;

        if (!have_users())
                return;
        m = call_new(user, MANAGER, "StartJob");
        ck_assert_int_ge(sd_bus_message_append(m, "asa{sv}", 1, "true", 0), 0);
        ck_assert_int_ge(sd_bus_message_set_allow_interactive_authorization(m, true), 0);
        reply = call_message(user, m);
        assert_ok(reply);
        ck_assert(g_str_has_suffix(question(0), " interactive"));
}
END_TEST

/* What cannot be is refused before anybody is asked for a password. */
START_TEST(wrong_calls_ask_nothing) {
        g_autoptr(sd_bus_message) option = NULL, program = NULL, signal = NULL, unfinished = NULL,
                                  self = NULL;

        if (!have_users())
                return;
        (void) fake_job(7, OTHER_USER);
        option = call_sync(user, MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "Speed", "s", "high");
        assert_error(option, "UnknownOption", "Speed");
        program = call_sync(user, MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "User", "s", "root");
        assert_error(program, "InvalidArgument", "absolute path");
        signal = call_sync(user, JOB(7), "Kill", "sa{sv}", "TIRED", 0);
        assert_error(signal, "InvalidArgument", "TIRED");
        unfinished = call_sync(user, JOB(7), "Remove", "a{sv}", 0);
        assert_error(unfinished, "NotFinished", "7");
        self = call_sync(other, JOB(7), "Stop", "a{sv}", 1, "Wait", "b", 0);
        assert_ok(self);
        ck_assert_uint_eq(polkit.questions->len, 0);
}
END_TEST

/* As another user: the names and the program in the question are those that will be used. */
static const struct {
        const char *program, *user, *group;
        const char *question; /* how it begins; NULL: refused with `text` */
        const char *text;
} identities[] = {
        { "/bin/ls", "root", NULL, "org.jobd1.start-confined program=/bin/ls command=/bin/ls", NULL },
        { "/bin/ls", "0", NULL, "org.jobd1.start-confined program=/bin/ls", NULL },
        { "/bin/ls", NULL, "daemon", "org.jobd1.start-confined program=/bin/ls", NULL },
        { "ls", NULL, "root", "org.jobd1.start-confined program=ls", NULL } /* his own */,
        { "ls", "daemon", NULL, "org.jobd1.start-confined program=ls", NULL }, /* that is himself */
        { "ls", "root", NULL, NULL, "absolute path" },
        { "./ls", "root", NULL, NULL, "absolute path" },
        { "/bin/../bin/ls", "root", NULL, NULL, "absolute path" },
        { "/bin/./ls", "root", NULL, NULL, "absolute path" },
        { "//bin/ls", "root", NULL, NULL, "absolute path" },
        { "/bin//ls", "root", NULL, NULL, "absolute path" },
        { "/bin/ls/", "root", NULL, NULL, "absolute path" },
        { "/bin/..", "root", NULL, NULL, "absolute path" },
        { "/", "root", NULL, NULL, "absolute path" },
        { "ls", NULL, "daemon", NULL, "absolute path" },
        { "/bin/ls", "nobody-like-that", NULL, NULL, "nobody-like-that" },
        { "/bin/ls", "4294967295", NULL, NULL, "4294967295" },
        { "/bin/ls", "65535", NULL, NULL, "65535" },
        { "/bin/ls", "-1", NULL, NULL, "'-1'" },
        { "/bin/ls", "", NULL, NULL, "''" },
        { "/bin/ls", NULL, "no-such-group", NULL, "no-such-group" },
        { "/bin/ls", NULL, "4294967295", NULL, "4294967295" },
};

START_TEST(identity) {
        g_autoptr(sd_bus_message) reply = NULL;
        sd_bus_message *m;

        if (!have_users())
                return;
        m = call_new(user, MANAGER, "StartJob");
        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, identities[_i].program), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
        if (identities[_i].user)
                ck_assert_int_ge(sd_bus_message_append(m, "{sv}", "User", "s", identities[_i].user), 0);
        if (identities[_i].group)
                ck_assert_int_ge(sd_bus_message_append(m, "{sv}", "Group", "s", identities[_i].group), 0);
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        reply = call_message(user, m);
        if (identities[_i].question) {
                assert_ok(reply);
                ck_assert_msg(g_str_has_prefix(question(0), identities[_i].question), "%s", question(0));
                return;
        }
        assert_error(reply, "InvalidArgument", identities[_i].text);
        ck_assert_uint_eq(polkit.questions->len, 0);
}
END_TEST

/* A confined caller that wants to be somebody else needs both. */
START_TEST(all_actions_are_needed) {
        g_autoptr(sd_bus_message) both = NULL, one = NULL;

        if (!have_users())
                return;
        both = call_sync(user, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 2, "User", "s", "bin", "Group",
                         "s", "daemon");
        assert_ok(both);
        ck_assert_uint_eq(polkit.questions->len, 2);
        ck_assert(g_str_has_prefix(question(0), "org.jobd1.start-confined "));
        ck_assert(g_str_has_prefix(question(1), "org.jobd1.start-as "));
        ck_assert(g_str_has_suffix(question(1),
                                   "user=bin uid=2 owner=daemon identity=bin:daemon group=daemon"));
        polkit.no_for = "org.jobd1.start-as";
        one = call_sync(user, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 1, "User", "s", "bin");
        assert_error(one, "AccessDenied", "org.jobd1.start-as");
        ck_assert_uint_eq(fake.n_accepted, 1);
}
END_TEST

/* A job of daemon's, with that environment. */
static sd_bus_message *start_with_environment(const char *const *words, size_t n) {
        sd_bus_message *m = call_new(root, MANAGER, "StartJob");

        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, "/bin/ls"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "{sv}", "User", "s", "daemon"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'e', "sv"), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "s", "EnvironmentBytes"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'v', "aay"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "ay"), 0);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_ge(sd_bus_message_append_array(m, 'y', words[i], strlen(words[i])), 0);
        for (int i = 0; i < 4; i++)
                ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        return call_message(root, m);
}

/* Of the caller's environment another user's job gets what says how to write on his terminal. */
START_TEST(environment_is_reduced) {
        static const char *const words[] = {
                "PATH=/home/me",      "LD_PRELOAD=/tmp/a.so", "BASH_ENV=/tmp/a",
                "TERM=xterm",         "LANG=de_DE.UTF-8",     "LC_ALL=C",
                "LANGUAGE=../../tmp", "LC_TIME=/tmp/a",       "LANG_=de",
                "TERMINFO=/tmp",      "LC_NUMERIC=de%00s",    "HOME=/tmp",
        };
        g_autoptr(sd_bus_message) reply = start_with_environment(words, G_N_ELEMENTS(words));
        g_autofree char *kept = NULL;

        assert_ok(reply);
        kept = g_strjoinv(" ", job_table_find(fake.jobs, job_id(1))->request->environment);
        ck_assert_str_eq(kept, "TERM=xterm LANG=de_DE.UTF-8 LC_ALL=C");
        ck_assert(job_table_find(fake.jobs, job_id(1))->request->login_environment);
}
END_TEST

START_TEST(umask_has_a_floor) {
        g_autoptr(sd_bus_message) other_user = NULL, own = NULL;

        other_user = call_sync(root, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 2, "User", "s", "daemon",
                               "Umask", "u", 0007);
        assert_ok(other_user);
        ck_assert_uint_eq(job_values_number(job_table_find(fake.jobs, job_id(1))->request->values,
                                            JOB_OPTION_UMASK),
                          0027);
        own = call_sync(root, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 1, "Umask", "u", 0);
        assert_ok(own);
        ck_assert_uint_eq(job_values_number(job_table_find(fake.jobs, job_id(2))->request->values,
                                            JOB_OPTION_UMASK),
                          0);
}
END_TEST

static const char *const variables[] = { "LD_PRELOAD=/tmp/a.so", "PATH=/tmp", "BASH_ENV=/tmp/a",
                                         "LANG=/tmp/a", "LC_ALL=%s" };

START_TEST(variable_is_refused) {
        g_autoptr(sd_bus_message) reply = NULL;

        reply = call_sync(root, MANAGER, "StartJob", "asa{sv}", 1, "/bin/ls", 2, "User", "s", "daemon",
                          "Environment", "as", 1, variables[_i]);
        assert_error(reply, "InvalidArgument", variables[_i]);
        ck_assert_uint_eq(fake.n_accepted, 0);
}
END_TEST

/* What a rule compares is what will be done: unlike commands are never written alike. */
START_TEST(commands_are_told_apart) {
        static const char *const likes[] = { "a b", "'a b'",          "a\nb", "$'a\\x0ab'",
                                             "a…",  "\342\200\256ba", "a\\nb" };
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

        if (!have_users())
                return;
        for (size_t i = 0; i < G_N_ELEMENTS(likes); i++) {
                g_autoptr(sd_bus_message)
                                reply = call_sync(user, MANAGER, "StartJob", "asa{sv}", 1, likes[i], 0);

                assert_ok(reply);
                ck_assert(g_hash_table_add(seen, (gpointer) question((guint) i)));
                ck_assert_ptr_null(strpbrk(question((guint) i), "\n\033"));
                ck_assert_ptr_null(strstr(question((guint) i), "\342\200\256"));
        }
}
END_TEST

START_TEST(caller_leaves) {
        if (!have_users())
                return;
        polkit.says = SAYS_NOTHING;
        {
                g_autoptr(Client) leaving = client_new(fake.name, USER, false);
                G_GNUC_UNUSED g_autoptr(Call)
                                call = call_async(leaving, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);

                loop_until(polkit.questions->len == 1);
        }
        loop_until(polkit.n_cancelled == 1);
        polkit_answer(SAYS_YES);
        client_settle(other);
        ck_assert_uint_eq(fake.n_accepted, 0);
}
END_TEST

/* Few of a user's questions are with polkit at a time; the others wait, and keep nobody else waiting. */
START_TEST(burst) {
        enum { N = 50 };
        Call *calls[N];
        g_autoptr(Call) others = NULL;

        if (!have_users())
                return;
        polkit.says = SAYS_NOTHING;
        for (guint i = 0; i < N; i++)
                calls[i] = call_async(user, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        client_settle(user);
        others = call_async(other, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        client_settle(other);
        loop_until(polkit.questions->len >= 9);
        ck_assert_uint_eq(polkit.questions->len, 9);
        ck_assert_ptr_nonnull(strstr(question(8), "owner=bin"));
        for (guint i = 0; i <= N; i++) {
                loop_until(polkit.held->len > 0);
                polkit_answer(SAYS_YES);
        }
        for (guint i = 0; i < N; i++) {
                assert_ok(call_wait(calls[i]));
                call_free(calls[i]);
        }
        assert_ok(call_wait(others));
        ck_assert_uint_eq(fake.n_accepted, N + 1);
}
END_TEST

START_TEST(limits) {
        const AuthzLimits few = { .per_user = 3, .in_all = 5 };
        Call *calls[4];
        g_autoptr(Call) first = NULL, second = NULL;
        g_autoptr(sd_bus_message) third = NULL, by_root = NULL;

        if (!have_users())
                return;
        polkit.says = SAYS_NOTHING;
        authz_set_limits(fake.server->authz, &few);
        for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
                calls[i] = call_async(user, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_error(call_wait(calls[3]), "LimitExceeded", "3 calls of this user");
        first = call_async(other, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        second = call_async(other, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        third = start(other);
        assert_error(third, "LimitExceeded", "5 calls");
        by_root = start(root);
        assert_ok(by_root);
        for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
                call_free(calls[i]);
}
END_TEST

/* Time for a job with so many words that stay behind, and as many that go along. */
static gint64 time_of_environment(guint n_left, guint n_kept) {
        g_autofree const char **words = g_new(const char *, n_left + n_kept);
        gint64 begin = g_get_monotonic_time();
        g_autoptr(sd_bus_message) reply = NULL;

        for (guint i = 0; i < n_left + n_kept; i++)
                words[i] = i < n_left ? "a=" : "LC_=";
        reply = start_with_environment(words, n_left + n_kept);
        assert_ok(reply);
        ck_assert_uint_eq(g_strv_length(job_table_find(fake.jobs, job_id(fake.next_id - 1))
                                                        ->request->environment),
                          n_kept);
        return g_get_monotonic_time() - begin;
}

/* A hundred thousand words: nobody else may notice that they are sorted out. By moving the rest for each of
 * them it took ten times as long as if all go along. */
START_TEST(long_environment) {
        gint64 all = time_of_environment(0, 150000), half = time_of_environment(75000, 75000);

        ck_assert_msg(half < 3 * all, "%" G_GINT64_FORMAT " µs, and %" G_GINT64_FORMAT, half, all);
}
END_TEST

/* A job is gone, or has ended, when the yes comes: it takes no room from the next. */
START_TEST(grants_do_not_pile_up) {
        const AuthzLimits two = { .per_user = 2, .in_all = 2 };

        if (!have_users())
                return;
        authz_set_limits(fake.server->authz, &two);
        polkit.says = SAYS_NOTHING;
        for (uint32_t i = 0; i < 10; i++) {
                Job *job = fake_job(7, OTHER_USER);
                g_autoptr(Call) stop = call_async(user, JOB(7), "Stop", "a{sv}", 0);

                loop_until(polkit.held->len == 1);
                job_table_remove(fake.jobs, job);
                (void) unlinkat(fake.dir_fd, "7", AT_REMOVEDIR);
                polkit_answer(SAYS_YES);
                assert_error(call_wait(stop), "NoSuchJob", "7");
        }
}
END_TEST

/* Nobody is asked for what there is no room for; nor does a yes outlive that. */
START_TEST(no_room) {
        const AuthzLimits one = { .per_user = 1, .in_all = 1 };
        g_autoptr(sd_bus_message) denied = NULL, again = NULL;
        g_autoptr(Call) late = NULL;

        if (!have_users())
                return;
        authz_set_limits(fake.server->authz, &one);
        fake.no_room = true;
        denied = start(user);
        assert_error(denied, "LimitExceeded", "no room");
        ck_assert_uint_eq(polkit.questions->len, 0);
        fake.no_room = false;
        polkit.says = SAYS_NOTHING;
        late = call_async(user, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        loop_until(polkit.held->len == 1);
        fake.no_room = true;
        polkit_answer(SAYS_YES);
        assert_error(call_wait(late), "LimitExceeded", "no room");
        ck_assert_uint_eq(fake.n_accepted, 0);
        fake.no_room = false;
        polkit.says = SAYS_YES;
        again = start(user);
        assert_ok(again);
}
END_TEST

START_TEST(large_calls_are_limited) {
        g_autofree char *word = g_strnfill(1024 * 1024, 'x');
        Call *calls[33];

        if (!have_users())
                return;
        polkit.says = SAYS_NOTHING;
        for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
                calls[i] = call_async(user, MANAGER, "StartJob", "asa{sv}", 2, "true", word, 0);
        assert_error(call_wait(calls[32]), "LimitExceeded", "bytes");
        for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
                call_free(calls[i]);
}
END_TEST

/* Of somebody else's job the question tells the number and the owner. A receiver is asked once, not for each
 * call. */
START_TEST(somebody_elses_job) {
        g_autoptr(sd_bus_message) read = NULL, again = NULL, stop = NULL, kill = NULL, read_other = NULL;

        if (!have_users())
                return;
        (void) fake_job(7, OTHER_USER);
        (void) fake_job(8, OTHER_USER);
        read = call_sync(user, JOB(7), "ReadOutput", "ttta{sv}", UINT64_C(0), UINT64_C(1), UINT64_C(0), 0);
        assert_ok(read);
        ck_assert_str_eq(question(0), "org.jobd1.receive job=7 owner=bin");
        again = call_sync(user, JOB(7), "GetDetails", "a{sv}", 0);
        assert_ok(again);
        ck_assert_uint_eq(polkit.questions->len, 1);
        read_other = call_sync(user, JOB(8), "GetDetails", "a{sv}", 0);
        assert_ok(read_other);
        ck_assert_str_eq(question(1), "org.jobd1.receive job=8 owner=bin");
        stop = call_sync(user, JOB(7), "Stop", "a{sv}", 1, "Wait", "b", 0);
        assert_ok(stop);
        ck_assert_str_eq(question(2), "org.jobd1.manage job=7 owner=bin");
        ck_assert_uint_eq(fake.stopped_by, USER);
        kill = call_sync(user, JOB(7), "Kill", "sa{sv}", "TERM", 0);
        assert_ok(kill);
        ck_assert_uint_eq(polkit.questions->len, 4);
}
END_TEST

/* The word for one connection is none for another of the same user. */
START_TEST(receiving_is_of_the_connection) {
        g_autoptr(sd_bus_message) read = NULL, denied = NULL;
        g_autoptr(Client) second = NULL;

        if (!have_users())
                return;
        (void) fake_job(7, OTHER_USER);
        read = call_sync(user, JOB(7), "GetDetails", "a{sv}", 0);
        assert_ok(read);
        polkit.says = SAYS_NO;
        second = client_new(fake.name, USER, false);
        denied = call_sync(second, JOB(7), "GetDetails", "a{sv}", 0);
        assert_error(denied, "AccessDenied", "org.jobd1.receive");
}
END_TEST

/* The job goes while polkit thinks. */
START_TEST(job_is_removed_meanwhile) {
        g_autoptr(Call) stop = NULL;
        Job *job;

        if (!have_users())
                return;
        job = fake_job(7, OTHER_USER);
        polkit.says = SAYS_NOTHING;
        stop = call_async(user, JOB(7), "Stop", "a{sv}", 0);
        loop_until(polkit.held->len == 1);
        job_table_remove(fake.jobs, job);
        polkit_answer(SAYS_YES);
        assert_error(call_wait(stop), "NoSuchJob", "7");
        ck_assert_uint_eq(fake.n_stopped, 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-authorize");
        TCase *tcase = tcase_create("bus-authorize");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, owner_is_asked_with_all_details);
        tcase_add_test(tcase, root_is_not_asked);
        tcase_add_loop_test(tcase, refused, 0, G_N_ELEMENTS(refusals));
        tcase_add_test(tcase, without_polkit);
        tcase_add_test(tcase, interaction_is_passed_on);
        tcase_add_test(tcase, wrong_calls_ask_nothing);
        tcase_add_loop_test(tcase, identity, 0, G_N_ELEMENTS(identities));
        tcase_add_test(tcase, all_actions_are_needed);
        tcase_add_test(tcase, environment_is_reduced);
        tcase_add_test(tcase, umask_has_a_floor);
        tcase_add_loop_test(tcase, variable_is_refused, 0, G_N_ELEMENTS(variables));
        tcase_add_test(tcase, commands_are_told_apart);
        tcase_add_test(tcase, caller_leaves);
        tcase_add_test(tcase, burst);
        tcase_add_test(tcase, limits);
        tcase_add_test(tcase, long_environment);
        tcase_add_test(tcase, grants_do_not_pile_up);
        tcase_add_test(tcase, no_room);
        tcase_add_test(tcase, large_calls_are_limited);
        tcase_add_test(tcase, somebody_elses_job);
        tcase_add_test(tcase, receiving_is_of_the_connection);
        tcase_add_test(tcase, job_is_removed_meanwhile);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
