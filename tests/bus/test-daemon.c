/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../unit/run.h"
#include "../unit/temporary.h"
#include "base/error.h"
#include "daemon/configure.h"
#include "daemon/manager.h"
#include "harness.h"
#include "jobs/actions.h"
#include "jobs/reconcile.h"
#include "jobs/save.h"
#include "jobs/spec.h"
#include "jobs/work-internal.h"
#include "output/meeting.h"
#include "polkit.h"
#include "systemd.h"
#include "wire/control.h"

/*
 * The daemon's parts together, but for journald: StartJob to the end of the job, its queue, and what a new
 * jobd makes of what an earlier one left. systemd does as told; the journal is there and empty.
 */

#define UUID    "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define BOOT    "0123456789abcdef0123456789abcdef"
#define MANAGER JOBD_MANAGER_PATH, JOBD_MANAGER_INTERFACE
#define JOB(id) JOBD_JOB_PATH_PREFIX "/" #id, JOBD_JOB_INTERFACE

static Manager *manager;
static const char *name; /* the daemon's, on the bus */
static char *journal;
static char *config_dirs[2], *meeting_dir;

#define TRIES 4U

/* The disk: in place of libc's functions. */
static struct {
        GMutex mutex;
        GCond cond;
        guint n, n_whole; /* passes; of them, of the whole file system */
        bool hangs;
        bool fails;           /* names cannot be changed */
        int64_t tries[TRIES]; /* when a start failed for that */
        guint n_tries;
} disk;

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
        if (!disk.fails)
                return (int) syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
        if (strcmp(to, "sent") == 0 && disk.n_tries < TRIES)
                disk.tries[disk.n_tries++] = g_get_monotonic_time();
        errno = EIO;
        return -1;
}

static int disk_sync(void) {
        g_mutex_lock(&disk.mutex);
        disk.n++;
        g_cond_broadcast(&disk.cond);
        while (disk.hangs)
                g_cond_wait(&disk.cond, &disk.mutex);
        g_mutex_unlock(&disk.mutex);
        return 0;
}

int syncfs(int fd) {
        disk.n_whole++;
        return disk_sync();
}

/* Of a job's record; not of the counter of ids, which is written in the loop. */
int fsync(int fd) {
        g_autofree char *link = g_strdup_printf("/proc/self/fd/%i", fd),
                        *path = g_file_read_link(link, NULL);

        return path && g_str_has_suffix(path, "/job") ? disk_sync() : 0;
}

/* Until it has been asked so often; the loop does not hear of it. */
static void disk_wait_for(guint n) {
        g_mutex_lock(&disk.mutex);
        while (disk.n < n)
                g_cond_wait(&disk.cond, &disk.mutex);
        ck_assert_uint_eq(disk.n, n);
        g_mutex_unlock(&disk.mutex);
}

static void disk_hangs(bool hangs) {
        g_mutex_lock(&disk.mutex);
        disk.hangs = hangs;
        g_cond_broadcast(&disk.cond);
        g_mutex_unlock(&disk.mutex);
}

static uint64_t ending_wait = 3600 * UINT64_C(1000000);

static int no_ids(uint32_t *ret, void *userdata) {
        return 0;
}

/* As manager_new() does it, with directories of the test's own. */
static void start_daemon(void) {
        JobsPlaces places = {
                .state_dir = temporary_path,
                .meeting_dir = meeting_dir,
                .journal_dir = journal,
                .audit_socket = "/nonexistent",
                .boot_id = BOOT,
                .ending_wait_usec = ending_wait,
                .known_ids = no_ids,
        };

        manager = g_new0(Manager, 1);
        manager->event = sd_event_ref(loop);
        manager->bus = bus_connect(0);
        ck_assert_int_ge(sd_bus_get_unique_name(manager->bus, &name), 0);
        manager->config_dirs = (const char *const *) config_dirs;
        ck_assert_int_eq(manager_load(manager, &places), 0);
        ck_assert_int_ge(manager_connect(manager), 0);
        configure(manager);
}

/* Settled: systemd has answered all that was asked for. */
static void take_up(void) {
        jobs_reconcile(manager->jobs, manager->bus);
        while (!unit_driver_has_room(manager->jobs->units))
                loop_turn();
}

static void end_daemon(void) {
        g_clear_pointer(&manager, manager_free);
}

static void setup(void) {
        g_unsetenv("NOTIFY_SOCKET");
        temporary_make();
        journal = g_dir_make_tmp("jobd-test-XXXXXX", NULL);
        config_dirs[0] = g_build_filename(temporary_path, "etc", NULL);
        meeting_dir = g_dir_make_tmp("jobd-test-XXXXXX", NULL);
        loop_setup();
        systemd_setup();
        polkit_setup();
        start_daemon();
        take_up();
}

static void teardown(void) {
        end_daemon();
        polkit_teardown();
        systemd_teardown();
        loop_teardown();
        (void) remove(journal);
        g_clear_pointer(&journal, g_free);
        g_clear_pointer(&config_dirs[0], g_free);
        meeting_sweep(meeting_dir, NULL);
        (void) remove(meeting_dir);
        g_clear_pointer(&meeting_dir, g_free);
        temporary_remove();
}

static uint32_t start_job(Client *client) {
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 1,
                                                    "Environment", "as", 1, "SECRET=swordfish");
        const char *path;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
        return (uint32_t) atoi(strrchr(path, '/') + 1);
}

static void assert_property(Client *client, uint32_t id, const char *property, const char *expected) {
        g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", id),
                        *value = get_property(client, path, JOBD_JOB_INTERFACE, property);

        ck_assert_msg(strcmp(value, expected) == 0, "%s of job %u is '%s', not '%s'", property, id, value,
                      expected);
}

static void assert_finished(Client *client, uint32_t id, const char *state, const char *result,
                            const char *reason) {
        g_autofree char *path = g_strdup_printf(JOBD_JOB_PATH_PREFIX "/%u", id);
        g_autoptr(sd_bus_message) wait = call_sync(client, path, JOBD_JOB_INTERFACE, "Wait", "a{sv}", 0);

        assert_ok(wait);
        assert_property(client, id, "State", state);
        assert_property(client, id, "Result", result);
        assert_property(client, id, "Reason", reason);
}

/* systemd speaks of a unit only after it has answered the call that made it. */
static void wait_for_start(uint32_t id) {
        g_autofree char *call = g_strdup_printf("StartTransientUnit jobd-%u.service", id);

        loop_until(systemd_n_calls(call) > 0);
}

/* The unit of `id` ends without ever having run a process. */
static void unit_is_refused(uint32_t id) {
        wait_for_start(id);
        systemd_unit_changed(id, "failed", 0);
}

static bool contains(const char *path, const char *text) {
        gsize size;
        g_autofree char *content = temporary_read(path, &size);

        return content && memmem(content, size, text, strlen(text));
}

START_TEST(cannot_be_started) {
        g_autoptr(Client) client = NULL;

        systemd.start_error = "Unit jobd-1.service already exists.";
        client = client_new(name, 0, true);
        ck_assert_uint_eq(start_job(client), 1);
        assert_finished(client, 1, "Failed", "start-failed",
                        "cannot be started: Unit jobd-1.service already exists.");
        ck_assert_str_eq(client_event(client, "StateChanged", 0),
                         "StateChanged Failed NotStarted cannot be started: Unit jobd-1.service already "
                         "exists.");
        assert_property(client, 1, "BeginTimestamp", "0"); /* it has not begun */
        ck_assert(contains("1/job", "State=Failed"));
        ck_assert(!contains("1/job", "swordfish"));
}
END_TEST

START_TEST(runs) {
        g_autoptr(Client) client = client_new(name, 0, true);

        ck_assert_uint_eq(start_job(client), 1);
        assert_property(client, 1, "State", "NotStarted");
        wait_for_start(1);
        systemd_changed(1, "Service", "{sv}", "ExecMainPID", "u", 4711);
        systemd_unit_changed(1, "active", 0);
        loop_until(contains("1/job", "MainPid=4711"));
        assert_property(client, 1, "State", "NotStarted"); /* it is jobd-exec that runs */
        systemd_command_starts();
        loop_until(client_event(client, "StateChanged Running NotStarted", 0));
        ck_assert(contains("1/job", "State=Running")); /* for the next jobd */
        ck_assert(contains("1/job", "MainPid=4711"));
        ck_assert(!temporary_exists("1/spec"));
        ck_assert(!contains("1/job", "swordfish"));
}
END_TEST

START_TEST(queue) {
        g_autoptr(Client) client = client_new(name, 0, false);

        manager->queue->limits.running_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        ck_assert_uint_eq(start_job(client), 2);
        ck_assert_uint_eq(start_job(client), 3);
        assert_property(client, 2, "State", "NotStarted");
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 1);
        ck_assert(contains("2/spec", "SECRET=swordfish"));
        ck_assert(contains("3/spec", "SECRET=swordfish"));

        unit_is_refused(1);
        loop_until(job_is_finished(job_table_find(manager->jobs->table, job_id(1))));
        wait_for_start(2);
        ck_assert(!temporary_exists("2/spec")); /* the environment is erased when it starts */
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit jobd-3.service"), 0);
        unit_is_refused(2);
        wait_for_start(3);
}
END_TEST

/* One user's many jobs: another's single one is next all the same, and then it is the turn of who has fewest
 * running. */
START_TEST(users_take_turns) {
        g_autoptr(Client) alice = NULL, bob = NULL;

        if (!have_users())
                return;
        alice = client_new(name, USER, false);
        bob = client_new(name, OTHER_USER, false);
        manager->queue->limits.running_max = 2;
        for (uint32_t i = 1; i <= 6; i++)
                ck_assert_uint_eq(start_job(alice), i);
        ck_assert_uint_eq(start_job(bob), 7);
        ck_assert_uint_eq(start_job(bob), 8);
        unit_is_refused(1);
        wait_for_start(7);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 3);
        unit_is_refused(2); /* one of bob's runs, none of alice's */
        wait_for_start(3);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 4);
        unit_is_refused(7);
        wait_for_start(8); /* none of bob's runs */
        unit_is_refused(8);
        wait_for_start(4);
        unit_is_refused(3); /* one runs: the older of one user alone */
        wait_for_start(5);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 7);
}
END_TEST

static bool waits_for(uint32_t id, const char *reason) {
        return g_strcmp0(job_table_find(manager->jobs->table, job_id(id))->reason, reason) == 0;
}

#define OF_DAEMON "waits for its turn: 1 of 1 jobs of daemon run"

START_TEST(why_a_job_waits) {
        g_autoptr(Client) client = NULL;

        if (!have_users())
                return;
        client = client_new(name, USER, true);
        manager->queue->limits.user_running_max = 1;
        for (uint32_t i = 1; i <= 3; i++)
                ck_assert_uint_eq(start_job(client), i);
        assert_property(client, 1, "Reason", "");
        assert_property(client, 2, "Reason", OF_DAEMON);
        assert_property(client, 3, "Reason", OF_DAEMON);
        loop_until(client_event(client, "PropertiesChanged /org/jobd1/job/3 Reason ", 0));
        unit_is_refused(1);
        wait_for_start(2);
        assert_property(client, 3, "Reason", OF_DAEMON); /* as true as before, and without a word */
        ck_assert_uint_eq(client_n_events(client, "PropertiesChanged /org/jobd1/job/3 Reason "), 1);

        manager->queue->limits.running_max = 1;
        manager->queue->limits.user_running_max = 5;
        queue_run_soon(manager->queue);
        loop_until(client_n_events(client, "PropertiesChanged /org/jobd1/job/3 Reason ") == 2);
        assert_property(client, 3, "Reason", "waits for its turn: 1 of 1 jobs run");

        systemd_changed(2, "Service", "{sv}", "ExecMainPID", "u", 4711);
        systemd_unit_changed(2, "active", 0);
        systemd_command_starts();
        loop_until(job_table_find(manager->jobs->table, job_id(2))->state == JOB_RUNNING);
        assert_property(client, 2, "Reason", "");
}
END_TEST

/* However often the reason changes: a line that is told of it is not told anew each time. */
START_TEST(many_wait) {
        const uint32_t n = 400;
        g_autoptr(Client) client = NULL;
        char last[64];

        if (!have_users())
                return;
        client = client_new(name, USER, true);
        manager->queue->limits.user_running_max = 1;
        for (uint32_t i = 1; i <= n; i++)
                ck_assert_uint_eq(start_job(client), i);
        g_ptr_array_set_size(client->events, 0);
        for (uint32_t i = 1; i <= 20; i++) {
                manager->queue->limits.running_max = 1;
                manager->queue->limits.user_running_max = 1 + i % 2;
                queue_run(manager->queue);
                bus_settle(client->bus, name);
        }
        g_snprintf(last, sizeof(last), "%s", OF_DAEMON);
        for (uint32_t i = 2; i <= n; i++)
                loop_until(waits_for(i, last));
        ck_assert_uint_le(client_n_events(client, "PropertiesChanged /org/jobd1/job/"), 3 * n);
}
END_TEST

#define UUID_OF_NOBODY "00000000-5fd2-4b0b-8f5a-5a9d6e7c1a11"

/* What a jobd that was killed had not let go of; and units that are nobody's or somebody else's. */
START_TEST(leftovers) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autofree char *ours = NULL, *other = NULL, *running = NULL;
        const char *argument = "--job=" UUID_OF_NOBODY;

        systemd.start_error = "Unit already exists.";
        ck_assert_uint_eq(start_job(client), 1);
        assert_finished(client, 1, "Failed", "start-failed", "cannot be started: Unit already exists.");
        ck_assert_uint_eq(start_job(client), 2);
        loop_until(job_is_finished(job_table_find(manager->jobs->table, job_id(2))));
        systemd.start_error = NULL;
        ck_assert_uint_eq(start_job(client), 3);
        wait_for_start(3);
        ours = g_strdup_printf("Job 1 of jobd (%s)", job_table_find(manager->jobs->table, job_id(1))->uuid);
        other = g_strdup_printf("--job=%s", job_table_find(manager->jobs->table, job_id(1))->uuid);
        running = g_strdup_printf("Job 3 of jobd (%s)",
                                  job_table_find(manager->jobs->table, job_id(3))->uuid);
        end_daemon();
        ck_assert_int_eq(mkdirat(temporary_fd, "77", 0700), 0);
        temporary_write("77/job", "what only a newer jobd can read", -1); /* its record is a newer jobd's */
        systemd.failed = (const struct FailedUnit[]){
                { "jobd-1.service", ours, other },
                { "jobd-2.service", "Job 2 of jobd (" UUID_OF_NOBODY ")",
                  argument }, /* of an earlier machine */
                { "jobd-3.service", running, argument },
                { "jobd-77.service", "Job 77 of jobd (" UUID_OF_NOBODY ")", argument },
                { "jobd-88.service", "Job 88 of jobd (" UUID_OF_NOBODY ")", argument }, /* is no more */
                { "jobd-89.service", "Job 89 of jobd (" UUID_OF_NOBODY ")", "--job=x" },
                { "jobd-90.service", "Job 9 of jobd (" UUID_OF_NOBODY ")", argument },
                { "jobd-091.service", "Job 91 of jobd (" UUID_OF_NOBODY ")", argument },
                { "jobd-92.service", "Job 92 of jobd (no UUID)", argument },
                { "jobd-93.service", "Somebody's own", argument },
                { "jobd-.service", "(", argument },
                {},
        };
        start_daemon();
        take_up();
        loop_until(systemd_n_calls("ResetFailedUnit jobd-1.service") > 0);
        bus_settle(manager->bus, "org.freedesktop.systemd1");
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit"), 2);
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit jobd-88.service"), 1);
}
END_TEST

START_TEST(stop_in_the_queue) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autoptr(sd_bus_message) stop = NULL;

        manager->queue->limits.running_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        ck_assert_uint_eq(start_job(client), 2);
        ck_assert_uint_eq(start_job(client), 3);
        stop = call_sync(client, JOB(2), "Stop", "a{sv}", 0);
        assert_ok(stop);
        assert_finished(client, 2, "Stopped", "stopped", "stopped by root");
        assert_property(client, 2, "BeginTimestamp", "0");
        ck_assert(!temporary_exists("2/spec"));
        unit_is_refused(1);
        wait_for_start(3);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit jobd-2.service"), 0);
}
END_TEST

START_TEST(stop_while_it_starts) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autoptr(Call) stop = NULL;

        ck_assert_uint_eq(start_job(client), 1);
        stop = call_async(client, JOB(1), "Stop", "a{sv}", 0);
        loop_until(systemd_n_calls("StopUnit jobd-1.service") > 0);
        ck_assert(contains("1/job", "StopRequested=")); /* saved before systemd was asked */
        assert_property(client, 1, "State", "Stopping");
        unit_is_refused(1);
        assert_ok(call_wait(stop));
        assert_finished(client, 1, "Stopped", "stopped", "stopped by root");
}
END_TEST

/* Who is told of an end, has it also when the power fails then. */
START_TEST(the_disk_before_the_word) {
        g_autoptr(Client) client = client_new(name, 0, true);
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        Job *job;

        ck_assert_uint_eq(start_job(client), 1);
        job = job_table_find(manager->jobs->table, job_id(1));
        disk_hangs(true);
        unit_is_refused(1);
        loop_until(job->settled);
        disk_wait_for(1);
        ck_assert(contains("1/job", "State=Failed")); /* that is what the disk is asked for */
        assert_property(client, 1, "State", "NotStarted");
        ck_assert_ptr_null(client_event(client, "StateChanged", 0));
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit"), 0);

        /* it is too late to have a hand in it */
        ck_assert_int_eq(jobs_stop(manager->jobs, job, 0, &error), 0);
        ck_assert_int_eq(jobs_kill(manager->jobs, job, SIGTERM, true, 0, &error), -JOBD_E_NOT_RUNNING);
        jobs_save(manager->jobs, job);
        ck_assert(contains("1/job", "State=Failed"));
        ck_assert_uint_eq(systemd_n_calls("StopUnit"), 0);

        disk_hangs(false);
        loop_until(client_event(client, "StateChanged Failed NotStarted", 0));
        loop_until(systemd_n_calls("ResetFailedUnit jobd-1.service") == 1);
        assert_property(client, 1, "Result", "start-failed");
}
END_TEST

/* All that end while the disk is busy cost it one more pass. */
START_TEST(many_ends_for_one_pass) {
        g_autoptr(Client) client = client_new(name, 0, true);

        for (uint32_t i = 1; i <= 9; i++) {
                ck_assert_uint_eq(start_job(client), i);
                wait_for_start(i);
        }
        disk_hangs(true);
        systemd_unit_changed(1, "failed", 0);
        loop_until(job_table_find(manager->jobs->table, job_id(1))->settled);
        disk_wait_for(1);
        for (uint32_t i = 2; i <= 9; i++)
                systemd_unit_changed(i, "failed", 0);
        loop_until(job_table_find(manager->jobs->table, job_id(9))->settled);
        disk_hangs(false);
        loop_until(client_n_events(client, "StateChanged Failed") == 9);
        disk_wait_for(2);
        ck_assert_uint_eq(disk.n_whole, 1); /* the first was of one job's files */
}
END_TEST

static bool all_is_told(void) {
        struct stat st;

        ck_assert_int_eq(fstatat(temporary_fd, "untold", &st, 0), 0);
        return st.st_size == 0;
}

static Client *daemon_after(void) {
        Client *client;

        end_daemon();
        disk_hangs(false);
        start_daemon();
        client = client_new(name, 0, true);
        take_up();
        return client;
}

/* jobd dies when an end is written and nobody has been told. */
START_TEST(the_next_one_tells_it) {
        g_autoptr(Client) client = client_new(name, 0, false), next = NULL, last = NULL;

        ck_assert_uint_eq(start_job(client), 1);
        ck_assert(all_is_told());
        disk_hangs(true);
        unit_is_refused(1);
        loop_until(job_table_find(manager->jobs->table, job_id(1))->settled);
        disk_wait_for(1);
        ck_assert(!all_is_told());
        next = daemon_after();
        loop_until(client_event(next, "StateChanged Failed NotStarted", 0));
        ck_assert_uint_eq(client_n_events(next, "StateChanged"), 1);
        loop_until(all_is_told());
        last = daemon_after();
        assert_property(last, 1, "State", "Failed");
        ck_assert_ptr_null(client_event(last, "StateChanged", 0));
}
END_TEST

START_TEST(the_disk_hangs) {
        g_autoptr(Client) client = NULL;

        ending_wait = 1000;
        end_daemon();
        start_daemon();
        take_up();
        client = client_new(name, 0, true);
        ck_assert_uint_eq(start_job(client), 1);
        disk_hangs(true);
        unit_is_refused(1);
        loop_until(client_event(client, "StateChanged Failed NotStarted", 0));
        disk_hangs(false);
}
END_TEST

/* Where a job's folder was, there is a file: nothing can be saved there. */
static void block_folder(void) {
        ck_assert_int_eq(renameat(temporary_fd, "1", temporary_fd, "away"), 0);
        temporary_write("1", "", 0);
}

static void unblock_folder(void) {
        ck_assert_int_eq(unlinkat(temporary_fd, "1", 0), 0);
        ck_assert_int_eq(renameat(temporary_fd, "away", temporary_fd, "1"), 0);
}

/* What systemd knows of the end stays until jobd's own record says it; also if jobd ends before. */
START_TEST(an_end_that_cannot_be_saved) {
        g_autoptr(Client) client = NULL;

        ending_wait = 1000;
        end_daemon();
        start_daemon();
        take_up();
        client = client_new(name, 0, true);
        ck_assert_uint_eq(start_job(client), 1);
        wait_for_start(1);
        block_folder();
        systemd_unit_changed(1, "failed", 0);
        loop_until(client_event(client, "StateChanged Failed NotStarted", 0));
        bus_settle(manager->bus, "org.freedesktop.systemd1");
        ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit") + systemd_n_calls("UnrefUnit"), 0);
        if (_i == 0) {
                unblock_folder();
                loop_until(systemd_n_calls("ResetFailedUnit jobd-1.service") == 1);
                ck_assert(contains("1/job", "State=Failed"));
        } else {
                end_daemon();
                unblock_folder();
                ck_assert_uint_eq(systemd_n_calls("ResetFailedUnit") + systemd_n_calls("UnrefUnit"), 0);
                ck_assert(contains("1/job", "State=NotStarted"));
                start_daemon();
                take_up();
        }
}
END_TEST

/* D5: who asks when the process is gone already has not stopped it. */
START_TEST(stop_after_the_end) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        Job *job;

        ck_assert_uint_eq(start_job(client), 1);
        job = job_table_find(manager->jobs->table, job_id(1));
        wait_for_start(1);
        systemd_changed(1, "Service", "{sv}", "ExecMainPID", "u", 4711);
        systemd_unit_changed(1, "active", 0);
        systemd_command_starts();
        loop_until(job->state == JOB_RUNNING);
        systemd_changed(1, "Service", "{sv}{sv}{sv}", "Result", "s", "success", "ExecMainCode", "i",
                        CLD_EXITED, "ExecMainStatus", "i", 0);
        systemd_unit_changed(1, "inactive", 0);
        loop_until(work_is_over(work_find(manager->jobs, job_id(1))));
        ck_assert(!job_is_finished(job)); /* its output is being read to the end */
        ck_assert_int_eq(jobs_stop(manager->jobs, job, 0, &error), 0);
        assert_finished(client, 1, "Completed", "success", "");
        ck_assert_uint_eq(systemd_n_calls("StopUnit"), 0);
}
END_TEST

START_TEST(too_many_jobs) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autoptr(sd_bus_message) over = NULL;

        manager->jobs->limits.jobs_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        over = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_error(over, "LimitExceeded", "There are 1 jobs already (JobsMax=)");
        ck_assert(!temporary_exists("2"));
}
END_TEST

START_TEST(too_many_jobs_of_a_user) {
        g_autoptr(Client) client = NULL, other = NULL, root = client_new(name, 0, false);
        g_autoptr(sd_bus_message) over = NULL, removed = NULL;

        if (!have_users())
                return;
        client = client_new(name, USER, false);
        other = client_new(name, OTHER_USER, false);
        manager->jobs->limits.user_jobs_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        over = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_error(over, "LimitExceeded", "daemon has 1 jobs already (UserJobsMax=): remove some first");
        ck_assert_uint_eq(start_job(other), 2);
        ck_assert_uint_eq(start_job(root), 3);
        ck_assert_uint_eq(start_job(root), 4);

        unit_is_refused(1);
        loop_until(job_is_finished(job_table_find(manager->jobs->table, job_id(1))));
        removed = call_sync(client, JOB(1), "Remove", "a{sv}", 0);
        assert_ok(removed);
        ck_assert_uint_eq(start_job(client), 5);
}
END_TEST

START_TEST(command_too_long) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autoptr(sd_bus_message) over = NULL, fits = NULL;

        manager->jobs->limits.command_max = 15 + 4 * 8; /* four words have four pointers */
        over = call_sync(client, MANAGER, "StartJob", "asa{sv}", 2, "true", "12", 1, "Environment", "as", 2,
                         "A=b", "C=d");
        fits = call_sync(client, MANAGER, "StartJob", "asa{sv}", 2, "true", "12", 1, "Environment", "as", 2,
                         "A=b", "C=");
        assert_ok(fits);
        assert_error(over, "LimitExceeded",
                     "Command and environment have 48 bytes together, more than 47 (CommandMax=)");
}
END_TEST

/* A record is on the disk like output, and a command may be large. */
START_TEST(records_take_disk) {
        g_autofree char *word = g_strnfill(2000, 'x');
        g_autoptr(sd_bus_message) fits = NULL, over = NULL, removed = NULL;
        g_autoptr(Client) client = NULL;

        if (!have_users())
                return;
        client = client_new(name, USER, false);
        manager->jobs->accounts->limit = 2048;
        fits = call_sync(client, MANAGER, "StartJob", "asa{sv}", 2, "true", word, 0);
        assert_ok(fits);
        manager->jobs->accounts->limit = 1024;
        over = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_error(over, "LimitExceeded",
                     "daemon's jobs take 1.9K of the disk (UserOutputLimit=): receive or remove some first");
        unit_is_refused(1);
        loop_until(job_is_finished(job_table_find(manager->jobs->table, job_id(1))));
        removed = call_sync(client, JOB(1), "Remove", "a{sv}", 0);
        assert_ok(removed);
        ck_assert_uint_eq(start_job(client), 2);
}
END_TEST

/* Nobody waits behind a user who has as many running as he may. */
START_TEST(queue_is_fair) {
        g_autoptr(Client) client = NULL, other = NULL;

        if (!have_users())
                return;
        client = client_new(name, USER, false);
        other = client_new(name, OTHER_USER, false);
        manager->queue->limits.user_running_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        ck_assert_uint_eq(start_job(client), 2);
        ck_assert_uint_eq(start_job(client), 3);
        ck_assert_uint_eq(start_job(other), 4);
        wait_for_start(4);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 2);

        unit_is_refused(1);
        wait_for_start(2);
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 3);
        unit_is_refused(2);
        wait_for_start(3);
}
END_TEST

/* Among those who may, the first to come is the first, whosever it is. */
START_TEST(queue_in_order) {
        static const uint32_t order[] = { 1, 2, 4, 5, 3 };
        g_autoptr(Client) client = NULL, other = NULL, root = client_new(name, 0, false);

        if (!have_users())
                return;
        client = client_new(name, USER, false);
        other = client_new(name, OTHER_USER, false);
        manager->queue->limits.running_max = 1;
        ck_assert_uint_eq(start_job(root), 1);
        ck_assert_uint_eq(start_job(other), 2);
        ck_assert_uint_eq(start_job(client), 3);
        ck_assert_uint_eq(start_job(root), 4);
        ck_assert_uint_eq(start_job(other), 5);
        manager->queue->limits.user_running_max = 1;
        tally_add(manager->jobs->n_running, USER, 1); /* as if one more of his ran */
        for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
                if (order[i] == 3) {
                        tally_subtract(manager->jobs->n_running, USER, 1);
                        queue_run(manager->queue);
                }
                wait_for_start(order[i]);
                ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), i + 1);
                unit_is_refused(order[i]);
                loop_until(job_is_finished(job_table_find(manager->jobs->table, job_id(order[i]))));
        }
}
END_TEST

static sd_bus_message *reload(Client *client, const char *conf) {
        temporary_write("etc/jobd.conf", conf, -1);
        return call_sync(client, MANAGER, "Reload", "a{sv}", 0);
}

START_TEST(reload_starts_what_waits) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autoptr(sd_bus_message) less = NULL, more = NULL;

        less = reload(client, "[Manager]\nRunningMax=1\n");
        assert_ok(less);
        ck_assert_uint_eq(start_job(client), 1);
        ck_assert_uint_eq(start_job(client), 2);
        wait_for_start(1);
        more = reload(client, "[Manager]\nRunningMax=2\n");
        assert_ok(more);
        wait_for_start(2);
}
END_TEST

START_TEST(reload_is_refused) {
        g_autoptr(Client) client = client_new(name, 0, false), user = NULL;
        g_autoptr(sd_bus_message) good = NULL, one = NULL, two = NULL, denied = NULL;

        good = reload(client, "[Manager]\nRunningMax=3\n");
        assert_ok(good);
        one = reload(client, "[Manager]\nRunningMax=4\nJobsMax=x\n");
        assert_error(one, "InvalidArgument",
                     "/etc/jobd.conf:3: JobsMax=: 'x' is not a number from 1 to 1000000; the configuration "
                     "stays as it was");
        two = reload(client, "[Manager]\nRunningMax=4\nJobsMax=x\nJobs=\n");
        assert_error(two, "InvalidArgument", "(and 1 more, see the log)");
        ck_assert_uint_eq(manager->config.running_max, 3);
        if (!have_users())
                return;
        user = client_new(name, USER, false);
        denied = reload(user, "[Manager]\nRunningMax=4\n");
        assert_error(denied, "AccessDenied", "root");
        ck_assert_uint_eq(manager->config.running_max, 3);
}
END_TEST

START_TEST(reload_limits_waiting_calls) {
        g_autoptr(Client) client = client_new(name, 0, false), other = client_new(name, 0, false);
        g_autoptr(sd_bus_message) reloaded = NULL, over = NULL;
        g_autoptr(Call) first = NULL;

        reloaded = reload(client, "[Manager]\nWaitingMax=1\n");
        assert_ok(reloaded);
        ck_assert_uint_eq(start_job(client), 1);
        first = call_async(client, JOB(1), "Wait", "a{sv}", 0);
        over = call_sync(other, JOB(1), "Wait", "a{sv}", 0);
        assert_error(over, "LimitExceeded", "More than 1 waiting calls (WaitingMax=)");
        unit_is_refused(1);
        assert_ok(call_wait(first));
}
END_TEST

START_TEST(kill_before_start) {
        g_autoptr(Client) client = client_new(name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_uint_eq(start_job(client), 1);
        if (_i == 0) {
                g_autoptr(Call) kill = call_async(client, JOB(1), "Kill", "sa{sv}", "USR1", 0);
                ControlMessage message = {};

                wait_for_start(1);
                systemd_changed(1, "Service", "{sv}", "ExecMainPID", "u", 4711);
                systemd_unit_changed(1, "active", 0);
                systemd_command_starts();
                assert_ok(call_wait(kill));
                while (message.type != CONTROL_KILL)
                        ck_assert_int_eq(recv(systemd.control_fd, &message, sizeof(message), MSG_DONTWAIT),
                                         sizeof(message));
                ck_assert_uint_eq(message.arg, SIGUSR1);
        } else {
                g_autoptr(Call) kill = call_async(client, JOB(1), "Kill", "sa{sv}", "TERM", 0);

                unit_is_refused(1);
                assert_error(call_wait(kill), "AlreadyFinished", "1");
                reply = call_sync(client, JOB(1), "Kill", "sa{sv}", "TERM", 0);
                assert_error(reply, "AlreadyFinished", "1");
        }
}
END_TEST

START_TEST(queue_survives) {
        g_autoptr(Client) client = client_new(name, 0, false);

        manager->queue->limits.running_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        ck_assert_uint_eq(start_job(client), 2);
        unit_is_refused(1);
        wait_for_start(2);
        ck_assert_uint_eq(start_job(client), 3);
        ck_assert_uint_eq(start_job(client), 4);
        job_table_find(manager->jobs->table, job_id(4))->stop_requested = 5;
        jobs_save(manager->jobs, job_table_find(manager->jobs->table, job_id(4)));
        g_clear_pointer(&client, client_free);
        end_daemon();

        start_daemon();
        take_up();
        client = client_new(name, 0, false);
        wait_for_start(3);
        ck_assert(!temporary_exists("3/spec"));
        assert_finished(client, 4, "Stopped", "stopped", "stopped by root");
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit jobd-4.service"), 0);
}
END_TEST

/* A record as an earlier jobd left it. */
static Job *earlier_job(uint32_t id, JobState state) {
        static const char *const argv[] = { "true", NULL }, *const environment[] = { NULL };
        JobRequest *request = job_request_new();
        Job *job;

        request->argv = g_strdupv((char **) argv);
        request->environment = g_strdupv((char **) environment);
        request->directory = g_strdup("/");
        job = job_new(job_id(id), UUID, 0, 0, request);
        job->state = state;
        job->begun = state == JOB_NOT_STARTED ? 0 : 5;
        job->main_pid = state == JOB_NOT_STARTED ? 0 : 4711;
        g_strlcpy(job->boot_id, BOOT, sizeof(job->boot_id));
        return job;
}

static void next_daemon(Job *job) {
        ck_assert_int_eq(store_save(&manager->jobs->store, job), 0);
        job_free(job);
        end_daemon();
        start_daemon();
        take_up();
}

START_TEST(input_is_lost) {
        g_autoptr(Client) client = NULL;
        Job *job = earlier_job(7, JOB_NOT_STARTED);

        job->request->had_input = true;
        ck_assert_int_eq(store_save_spec(&manager->jobs->store, job_id(7), "x", 1), 0);
        next_daemon(job);
        client = client_new(name, 0, false);
        assert_finished(client, 7, "Failed", "start-failed",
                        "cannot be started: its standard input was lost while it waited");
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 0);
}
END_TEST

/* Killed when systemd had been asked to start it, and had not done so: it was accepted, so it is started. */
START_TEST(sent_and_not_started) {
        Job *job = earlier_job(7, JOB_NOT_STARTED);
        g_autoptr(GBytes) spec = spec_compose(job);
        g_autoptr(Client) client = NULL;

        job->stop_requested = _i ? 9 : 0;
        ck_assert_int_eq(store_save_spec(&manager->jobs->store, job_id(7), g_bytes_get_data(spec, NULL),
                                         g_bytes_get_size(spec)),
                         0);
        ck_assert_int_eq(store_mark_sent(&manager->jobs->store, job_id(7)), 0);
        systemd.load_state = "not-found";
        systemd.description = "jobd-7.service";
        systemd.active_state = "inactive";
        systemd.result = "success";
        next_daemon(job);
        client = client_new(name, 0, false);
        if (_i) {
                assert_finished(client, 7, "Stopped", "stopped", "stopped by root");
                ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 0);
        } else {
                wait_for_start(7);
                assert_property(client, 7, "State", "NotStarted");
        }
}
END_TEST

/* What systemd tells of the unit, and what becomes of the job: there is no exit record. */
static const struct {
        JobState record;
        bool loaded, other_boot, stop_requested;
        const char *unit_result;
        int code, status;
        const char *state, *result, *reason;
} ends[] = {
        { JOB_RUNNING, false, false, false, NULL, 0, 0, "Failed", "lost", "its end was not recorded" },
        { JOB_RUNNING, false, true, false, NULL, 0, 0, "Failed", "lost",
          "the system was restarted while the job ran" },
        { JOB_NOT_STARTED, false, false, false, NULL, 0, 0, "Failed", "lost", "its end was not recorded" },
        { JOB_STOPPING, false, false, true, NULL, 0, 0, "Stopped", "stopped", "stopped by root" },
        { JOB_RUNNING, true, false, false, "exit-code", CLD_EXITED, 3, "Failed", "exit-code",
          "exited with status 3" },
        { JOB_RUNNING, true, false, false, "success", CLD_EXITED, 0, "Completed", "success", "" },
        { JOB_RUNNING, true, false, false, "oom-kill", CLD_KILLED, SIGKILL, "Failed", "oom-kill",
          "ran out of memory" },
        { JOB_STOPPING, true, false, true, "timeout", CLD_KILLED, SIGKILL, "Stopped", "stopped",
          "stopped by root" },
        /* it ran and ended while no jobd was looking */
        { JOB_NOT_STARTED, true, false, false, "success", CLD_EXITED, 0, "Completed", "success", "" },
        { JOB_NOT_STARTED, true, false, false, "exit-code", CLD_EXITED, 3, "Failed", "exit-code",
          "exited with status 3" },
};

START_TEST(ended_meanwhile) {
        Job *job = earlier_job(7, ends[_i].record);
        g_autoptr(Client) client = NULL;

        systemd.load_state = ends[_i].loaded ? "loaded" : "not-found";
        systemd.description = "Job 7 of jobd (" UUID ")";
        systemd.active_state = "inactive";
        systemd.result = ends[_i].unit_result ? ends[_i].unit_result : "success";
        systemd.code = ends[_i].code;
        systemd.status = ends[_i].status;
        systemd.pid = ends[_i].code ? 4711 : 0;
        if (ends[_i].other_boot)
                job->boot_id[0] = 'f';
        job->stop_requested = ends[_i].stop_requested ? 9 : 0;
        next_daemon(job);
        client = client_new(name, 0, false);
        assert_finished(client, 7, ends[_i].state, ends[_i].result, ends[_i].reason);
        ck_assert(contains("7/job", ends[_i].state));
}
END_TEST

START_TEST(still_running) {
        g_autoptr(Client) client = NULL;

        systemd.load_state = "loaded";
        systemd.description = "Job 7 of jobd (" UUID ")";
        systemd.active_state = "active";
        systemd.result = "success";
        systemd.pid = 4711;
        next_daemon(earlier_job(7, JOB_RUNNING));
        client = client_new(name, 0, false);
        loop_until(systemd_n_calls("GetAll") > 0);
        assert_property(client, 7, "State", "Running");
        assert_property(client, 7, "BeginTimestamp", "5");
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 0);
        ck_assert_uint_eq(start_job(client), 8); /* ids go on */
}
END_TEST

/* What is open stays open, nothing more is opened. */
static void lack_descriptors(bool lack) {
        static rlim_t before;
        struct rlimit limit;

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        if (lack)
                before = limit.rlim_cur;
        limit.rlim_cur = lack ? 0 : before;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* The unit has ended; what the job has written, and whether that is all, cannot be known yet. */
START_TEST(adopted_without_descriptors) {
        g_autoptr(Client) client = NULL;
        Job *job = earlier_job(7, JOB_RUNNING);

        systemd.load_state = "loaded";
        systemd.description = "Job 7 of jobd (" UUID ")";
        systemd.active_state = "failed";
        systemd.result = "exit-code";
        systemd.code = CLD_EXITED;
        systemd.status = 3;
        systemd.pid = 4711;
        ck_assert_int_eq(store_save(&manager->jobs->store, job), 0);
        job_free(job);
        end_daemon();
        start_daemon();
        client = client_new(name, 0, false);
        lack_descriptors(true);
        take_up();
        loop_until(!work_find(manager->jobs, job_id(7)) || work_find(manager->jobs, job_id(7))->unit_over);
        assert_property(client, 7, "State", "Running");
        ck_assert_int_eq(work_find(manager->jobs, job_id(7))->unreached, -EMFILE);
        lack_descriptors(false);
        assert_finished(client, 7, "Failed", "exit-code", "exited with status 3");
}
END_TEST

/* Nor is it known whether there is a jobd-exec that has not come to its command: it is met as soon as it can
 * be. */
START_TEST(met_later) {
        Job *job = earlier_job(7, JOB_NOT_STARTED);
        g_autoptr(Client) client = NULL;
        g_auto(Fd) listener = -1;

        systemd.load_state = "loaded";
        systemd.description = "Job 7 of jobd (" UUID ")";
        systemd.active_state = "active";
        systemd.result = "success";
        systemd.pid = 4711;
        ck_assert_int_eq(meeting_open(meeting_dir, UUID, &listener), 0);
        ck_assert_int_eq(store_save(&manager->jobs->store, job), 0);
        job_free(job);
        end_daemon();
        start_daemon();
        client = client_new(name, 0, false);
        lack_descriptors(true);
        take_up();
        loop_until(work_find(manager->jobs, job_id(7))->unit_runs);
        assert_property(client, 7, "State", "NotStarted");
        lack_descriptors(false);
        loop_until(work_find(manager->jobs, job_id(7))->channel != NULL);
        assert_property(client, 7, "State", "NotStarted");
}
END_TEST

/* A job that waited, with an input that cannot be had again, starts as soon as it can. */
START_TEST(started_without_descriptors) {
        g_autoptr(Client) client = client_new(name, 0, true);
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(Fd) input = open("/dev/null", O_RDONLY | O_CLOEXEC);

        manager->queue->limits.running_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "StandardInput", "h", input);
        assert_ok(reply);
        wait_for_start(1);
        lack_descriptors(true);
        systemd_unit_changed(1, "failed", 0);
        loop_until(job_table_find(manager->jobs->table, job_id(1))->settled);
        assert_property(client, 1, "State", "NotStarted"); /* its end cannot be saved */
        assert_property(client, 2, "State", "NotStarted");
        assert_property(client, 2, "Reason",
                        "waits until jobd has the resources to start it: Too many open files");
        lack_descriptors(false);
        loop_until(client_event(client, "StateChanged Failed", 0));
        wait_for_start(2);
        ck_assert(!temporary_exists("2/spec"));
}
END_TEST

/* What the disk does not answer is no failure of the job: it is asked more and more seldom. */
START_TEST(started_when_the_disk_answers) {
        g_autoptr(Client) client = client_new(name, 0, true);

        manager->queue->limits.running_max = 1;
        ck_assert_uint_eq(start_job(client), 1);
        ck_assert_uint_eq(start_job(client), 2);
        wait_for_start(1);
        disk.fails = true;
        systemd_unit_changed(1, "failed", 0);
        loop_until(disk.n_tries == TRIES);
        assert_property(client, 2, "State", "NotStarted");
        assert_property(client, 2, "Reason",
                        "waits until the disk can be read and written again: Input/output error");
        ck_assert_int_gt(2 * (disk.tries[3] - disk.tries[2]), 3 * (disk.tries[1] - disk.tries[0]));
        ck_assert_uint_eq(systemd_n_calls("StartTransientUnit"), 1);
        disk.fails = false;
        wait_for_start(2);
        loop_until(client_event(client, "StateChanged Failed NotStarted", 0));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("daemon");
        TCase *tcase = tcase_create("daemon");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, cannot_be_started);
        tcase_add_test(tcase, runs);
        tcase_add_test(tcase, queue);
        tcase_add_test(tcase, users_take_turns);
        tcase_add_test(tcase, why_a_job_waits);
        tcase_add_test(tcase, many_wait);
        tcase_add_test(tcase, leftovers);
        tcase_add_test(tcase, stop_in_the_queue);
        tcase_add_test(tcase, stop_while_it_starts);
        tcase_add_test(tcase, the_disk_before_the_word);
        tcase_add_test(tcase, the_next_one_tells_it);
        tcase_add_test(tcase, many_ends_for_one_pass);
        tcase_add_test(tcase, the_disk_hangs);
        tcase_add_loop_test(tcase, an_end_that_cannot_be_saved, 0, 2);
        tcase_add_test(tcase, stop_after_the_end);
        tcase_add_test(tcase, too_many_jobs);
        tcase_add_test(tcase, too_many_jobs_of_a_user);
        tcase_add_test(tcase, command_too_long);
        tcase_add_test(tcase, records_take_disk);
        tcase_add_test(tcase, queue_is_fair);
        tcase_add_test(tcase, queue_in_order);
        tcase_add_test(tcase, reload_starts_what_waits);
        tcase_add_test(tcase, reload_is_refused);
        tcase_add_test(tcase, reload_limits_waiting_calls);
        tcase_add_loop_test(tcase, kill_before_start, 0, 2);
        tcase_add_test(tcase, queue_survives);
        tcase_add_test(tcase, input_is_lost);
        tcase_add_loop_test(tcase, sent_and_not_started, 0, 2);
        tcase_add_loop_test(tcase, ended_meanwhile, 0, G_N_ELEMENTS(ends));
        tcase_add_test(tcase, still_running);
        tcase_add_test(tcase, adopted_without_descriptors);
        tcase_add_test(tcase, met_later);
        tcase_add_test(tcase, started_without_descriptors);
        tcase_add_test(tcase, started_when_the_disk_answers);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
