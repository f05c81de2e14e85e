/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <signal.h>

#include "fake-journal-socket.h"
#include "jobs/audit-ids.h"
#include "jobs/audit-limit.h"
#include "jobs/audit.h"
#include "run.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
/* Of nobody in /etc/passwd: told by their numbers. */
#define USER  4000000001U
#define OTHER 4000000002U

static Audit *audit;
static Job *job;

static void setup(void) {
        static const char *const argv[] = { "make", "a b", NULL }, *const environment[] = {
                "SECRET=swordfish", NULL
        };
        JobRequest *request = job_request_new();

        journal_setup();
        journal_listen();
        ck_assert_int_eq(audit_new(loop, journal_path, &audit), 0);
        request->name = g_strdup("all");
        request->argv = g_strdupv((char **) argv);
        request->environment = g_strdupv((char **) environment);
        request->directory = g_strdup("/tmp");
        job = job_new(job_id(7), UUID, USER, OTHER, request);
}

static void teardown(void) {
        g_clear_pointer(&job, job_free);
        audit_free(audit);
        journal_teardown();
}

/* The next entry has these fields, or not those with NULL; and in no entry there is anything of the
 * environment. */
static void assert_entry(const char *id, const char *const expected[][2]) {
        g_autoptr(GHashTable) fields = journal_take_fields();
        GHashTableIter iter;
        gpointer name, value;

        ck_assert_ptr_nonnull(fields);
        ck_assert_pstr_eq(g_hash_table_lookup(fields, "MESSAGE_ID"), id);
        ck_assert_pstr_eq(g_hash_table_lookup(fields, "SYSLOG_IDENTIFIER"), "jobd");
        for (size_t i = 0; expected[i][0]; i++)
                ck_assert_pstr_eq(g_hash_table_lookup(fields, expected[i][0]), expected[i][1]);
        g_hash_table_iter_init(&iter, fields);
        while (g_hash_table_iter_next(&iter, &name, &value))
                ck_assert_ptr_null(strstr(value, "swordfish"));
}

static void assert_nothing(void) {
        g_autoptr(GBytes) datagram = journal_wait();

        ck_assert_ptr_null(datagram);
}

START_TEST(accepted) {
        audit_accepted(audit, job);
        assert_entry(AUDIT_ID_ACCEPTED,
                     (const char *const[][2]){
                                     { "MESSAGE", "Job 7 (all): accepted from 4000000001, to run as "
                                                  "4000000002: make 'a b'" },
                                     { "PRIORITY", "6" },
                                     { "JOBD_ID", "7" },
                                     { "JOBD_JOB", UUID },
                                     { "JOBD_NAME", "all" },
                                     { "JOBD_OWNER", "4000000001" },
                                     { "JOBD_UID", "4000000002" },
                                     { "JOBD_BY", "4000000001" },
                                     { "JOBD_STATE", "NotStarted" },
                                     { "JOBD_COMMAND", "make 'a b'" },
                                     { "OBJECT_SYSTEMD_UNIT", "jobd-7.service" },
                                     {},
                     });
}
END_TEST

START_TEST(changes) {
        Outcome outcome = { .state = JOB_FAILED,
                            .result = JOB_RESULT_EXIT_CODE,
                            .exit_code = 3,
                            .reason = (char *) "exited with status 3" };

        job->main_pid = 42;
        ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 1), 0);
        audit_job_changed(audit, job, JOB_NOT_STARTED);
        assert_entry(AUDIT_ID_STARTED, (const char *const[][2]){
                                                       { "MESSAGE", "Job 7 (all): started as process 42" },
                                                       { "JOBD_PID", "42" },
                                                       { "JOBD_STATE", "Running" },
                                                       { "JOBD_BY", NULL },
                                                       { "JOBD_COMMAND", NULL },
                                                       {},
                                       });
        audit_job_changed(audit, job, JOB_RUNNING);
        ck_assert_int_eq(job_set_state(job, JOB_STOPPING, 2), 0);
        audit_job_changed(audit, job, JOB_RUNNING);
        assert_nothing();

        job->output.next[0] = 10;
        job->output.next[1] = 5;
        job->output.lost = 2;
        job->output.dropped = 1;
        ck_assert_int_eq(job_settle(job, &outcome, 3), 0);
        job_finish(job);
        audit_job_changed(audit, job, JOB_STOPPING);
        assert_entry(AUDIT_ID_FINISHED,
                     (const char *const[][2]){
                                     { "MESSAGE",
                                       "Job 7 (all): Failed: exited with status 3, 13 bytes of output" },
                                     { "PRIORITY", "5" },
                                     { "JOBD_STATE", "Failed" },
                                     { "JOBD_RESULT", "exit-code" },
                                     { "JOBD_REASON", "exited with status 3" },
                                     { "JOBD_OUTPUT_BYTES", "13" },
                                     { "JOBD_OUTPUT_LOST", "2" },
                                     { "JOBD_OUTPUT_DROPPED", "1" },
                                     {},
                     });
        audit_job_changed(audit, job, JOB_FAILED);
        assert_nothing();
}
END_TEST

START_TEST(who_did_it) {
        audit_stopped(audit, job, 0);
        assert_entry(AUDIT_ID_STOPPED,
                     (const char *const[][2]){ { "JOBD_BY", "0" }, { "JOBD_ID", "7" }, {} });
        audit_killed(audit, job, SIGUSR1, OTHER);
        assert_entry(AUDIT_ID_KILLED,
                     (const char *const[][2]){
                                     { "MESSAGE", "Job 7 (all): 4000000002 sent it the signal USR1" },
                                     { "JOBD_BY", "4000000002" },
                                     { "JOBD_SIGNAL", "USR1" },
                                     {},
                     });
        audit_removed(audit, job, USER);
        assert_entry(AUDIT_ID_REMOVED, (const char *const[][2]){ { "JOBD_BY", "4000000001" }, {} });
        job->output.lost = 2;
        job->output.damaged = 40;
        audit_damaged(audit, job, 30);
        assert_entry(AUDIT_ID_DAMAGED,
                     (const char *const[][2]){
                                     { "MESSAGE", "Job 7 (all): 30 bytes of its output are damaged on the "
                                                  "disk, and lost" },
                                     { "PRIORITY", "4" },
                                     { "JOBD_ID", "7" },
                                     { "JOBD_DAMAGED", "30" },
                                     { "JOBD_OUTPUT_LOST", "42" },
                                     { "JOBD_BY", NULL },
                                     {},
                     });
        audit_refused(audit, OTHER, "Stop", job, "Job 7 belongs\n\33[31mto another user");
        assert_entry(AUDIT_ID_REFUSED,
                     (const char *const[][2]){
                                     { "MESSAGE", "Stop was refused to 4000000002: Job 7 belongs  [31mto "
                                                  "another user" },
                                     { "PRIORITY", "4" },
                                     { "JOBD_ID", "7" },
                                     { "JOBD_BY", "4000000002" },
                                     { "JOBD_METHOD", "Stop" },
                                     { "JOBD_REASON", "Job 7 belongs  [31mto another user" },
                                     {},
                     });
        audit_refused(audit, OTHER, "StartJob", NULL, "too many");
        assert_entry(AUDIT_ID_REFUSED,
                     (const char *const[][2]){ { "JOBD_METHOD", "StartJob" }, { "JOBD_ID", NULL }, {} });
}
END_TEST

/* A job without a name, and one whose command only its record knows. */
/* What is out of the ordinary stands in the text. */
START_TEST(special_rights) {
        job->request->gid = 4000000003;
        job->request->properties = g_variant_ref_sink(
                        g_variant_new_parsed("@a(sv) [('BindPaths', <'/etc'>), ('Delegate', <true>)]"));
        audit_accepted(audit, job);
        assert_entry(AUDIT_ID_ACCEPTED,
                     (const char *const[][2]){
                                     { "MESSAGE", "Job 7 (all): accepted from 4000000001, to run as "
                                                  "4000000002:4000000003, with the unit properties "
                                                  "BindPaths='/etc' Delegate=true: make 'a b'" },
                                     { "JOBD_GID", "4000000003" },
                                     { "JOBD_PROPERTIES", "BindPaths='/etc' Delegate=true" },
                                     {},
                     });
}
END_TEST

/* A name that would turn the line around. */
START_TEST(odd_name) {
        g_free(job->name);
        job->name = g_strdup("\342\200\256x");
        audit_stopped(audit, job, 0);
        assert_entry(AUDIT_ID_STOPPED,
                     (const char *const[][2]){
                                     { "MESSAGE", "Job 7 ($'\\xe2\\x80\\xaex'): root asked to stop it" },
                                     {},
                     });
}
END_TEST

START_TEST(floods) {
        for (guint i = 0; i < AUDIT_LIMIT_PER_MINUTE + 5; i++)
                audit_refused(audit, USER, "Stop", job, "no");
        for (guint i = 0; i < AUDIT_LIMIT_PER_MINUTE; i++)
                assert_entry(AUDIT_ID_REFUSED, (const char *const[][2]){ { "JOBD_BY", "4000000001" }, {} });
        assert_nothing();
        audit_refused(audit, OTHER, "Stop", job, "no");
        assert_entry(AUDIT_ID_REFUSED, (const char *const[][2]){ { "JOBD_BY", "4000000002" }, {} });
        audit_killed(audit, job, SIGTERM, USER);
        assert_entry(AUDIT_ID_KILLED, (const char *const[][2]){ { "JOBD_BY", "4000000001" }, {} });

        audit_free(audit); /* as at the minute's end */
        assert_entry(AUDIT_ID_LEFT_OUT,
                     (const char *const[][2]){
                                     { "MESSAGE",
                                       "5 more calls refused to 4000000001 within a minute are not listed" },
                                     { "JOBD_BY", "4000000001" },
                                     { "JOBD_LEFT_OUT", "5" },
                                     {},
                     });
        assert_nothing();
        ck_assert_int_eq(audit_new(loop, journal_path, &audit), 0);
}
END_TEST

static guint64 n_left_out;
static uid_t last_left_out;

static void on_left_out(uid_t uid, uint32_t n, void *userdata) {
        n_left_out += n;
        last_left_out = uid;
}

START_TEST(many_users) {
        AuditLimit *limit = audit_limit_new(loop, on_left_out, NULL);
        guint admitted = 0;

        for (uid_t uid = 0; uid < 10000; uid++)
                if (audit_limit_admits(limit, uid))
                        admitted++;
        ck_assert_uint_eq(admitted, AUDIT_LIMIT_USERS_MAX + AUDIT_LIMIT_PER_MINUTE);
        ck_assert(audit_limit_admits(limit, 3));
        ck_assert_uint_eq(n_left_out, 0);
        audit_limit_end(limit);
        ck_assert_uint_eq(n_left_out, 10000 - admitted);
        ck_assert_uint_eq(last_left_out, AUDIT_LIMIT_OTHERS);
        ck_assert(audit_limit_admits(limit, 9999));
        audit_limit_free(limit);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("audit");
        TCase *tcase = tcase_create("audit");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, accepted);
        tcase_add_test(tcase, changes);
        tcase_add_test(tcase, who_did_it);
        tcase_add_test(tcase, special_rights);
        tcase_add_test(tcase, odd_name);
        tcase_add_test(tcase, floods);
        tcase_add_test(tcase, many_users);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
