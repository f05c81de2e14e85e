/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "jobs/actions.h"
#include "output/cache.h"
#include "server.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"

Fake fake;

/* In place of jobs/actions.c and accept.c: the linker takes what it finds first. */

int jobs_check_limits(Jobs *jobs, const JobRequest *request, uint32_t n, uid_t owner, sd_bus_error *error) {
        return fake.no_room ? error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "no room") : 0;
}

int jobs_accept(Jobs *jobs, JobRequest *taken, uid_t owner, Job **ret, sd_bus_error *error) {
        g_autoptr(JobRequest) request = taken;

        fake.n_accepted++;
        fake.accepted_for = owner;
        if (fake.accept_error < 0)
                return fake.accept_error;
        *ret = job_new(job_id(fake.next_id++), UUID, owner, owner, g_steal_pointer(&request));
        job_table_add(fake.jobs, *ret);
        return 0;
}

int jobs_accept_family(Jobs *jobs, JobRequest *taken, GPtrArray *commands, uint32_t throttle, uid_t owner,
                       Job **ret, sd_bus_error *error) {
        int r = jobs_accept(jobs, taken, owner, ret, error);

        if (r >= 0)
                job_found_family(*ret, commands->len, throttle);
        return r;
}

int jobs_set_throttle(Jobs *jobs, Job *parent, uint32_t throttle, sd_bus_error *error) {
        job_set_throttle(parent, throttle);
        return 0;
}

void jobs_launch(Jobs *jobs, Job *job) {
        fake.n_launched++;
        if (fake.launch_runs)
                ck_assert_int_eq(job_set_state(job, JOB_RUNNING, 1), 0);
}

int jobs_stop(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        fake.n_stopped++;
        fake.stopped_by = by;
        if (fake.stop_is_instant)
                fake_finish(job, JOB_STOPPED);
        else if (job->state != JOB_STOPPING)
                ck_assert_int_eq(job_set_state(job, JOB_STOPPING, 2), 0);
        return 0;
}

int jobs_kill(Jobs *jobs, Job *job, int signo, bool all, uid_t by, sd_bus_error *error) {
        fake.killed_with = signo;
        fake.killed_all = all;
        fake.killed_by = by;
        return job->state == JOB_NOT_STARTED ? -JOBD_E_NOT_RUNNING : 0;
}

/* The test says when it has come about. */
int jobs_suspend(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        fake.suspended_by = by;
        return job_set_state(job, JOB_SUSPENDING, 5);
}

int jobs_resume(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        fake.resumed_by = by;
        return 0;
}

int jobs_remove(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        JobId id = job->id;

        fake.n_removed++;
        fake.removed_by = by;
        if (fake.remove_error < 0)
                return fake.remove_error;
        job_table_remove(fake.jobs, job);
        bus_job_removed(fake.server, id);
        return 0;
}

static int save_nothing(void *userdata) {
        return 0;
}

static void tell_damage(Job *job) {
        if (output_state_take_found(&job->output) > 0)
                job_output_changed(job);
}

int jobs_read_output(Jobs *jobs, Job *job, uint64_t position, uint64_t max_bytes, CacheFrameFunc func,
                     void *userdata, uint64_t *ret_next) {
        int r = cache_read(fake.dir_fd, job->id, &job->output, position, max_bytes, func, userdata,
                           ret_next);

        tell_damage(job);
        return r;
}

int jobs_open_output(Jobs *jobs, Job *job, uint64_t position, int *ret_fd, uint64_t *ret_start,
                     uint64_t *ret_end) {
        int r = cache_open_segment(fake.dir_fd, job->id, &job->output, position, ret_fd, ret_start, ret_end);

        tell_damage(job);
        return r;
}

int jobs_consume(Jobs *jobs, Job *job, uint64_t to, sd_bus_error *error) {
        int r = cache_consume(fake.dir_fd, job->id, &job->output, to, !job_is_finished(job), save_nothing,
                              NULL);

        if (r >= 0)
                job_output_changed(job);
        return r;
}

static JobRequest *sample_request(void) {
        static const char *const argv[] = { "sh", "-c", "it's \377", NULL }, *const environment[] = {
                "SECRET=swordfish", NULL
        };
        JobRequest *request = job_request_new();

        request->argv = g_strdupv((char **) argv);
        request->environment = g_strdupv((char **) environment);
        request->directory = g_strdup("/tmp");
        return request;
}

int jobs_load_request(Jobs *jobs, const Job *job, JobRequest **ret) {
        *ret = sample_request();
        return 0;
}

void jobs_refused(Jobs *jobs, uid_t by, const char *member, JobId id, const char *why) {
        fake.n_refused++;
        fake.refused_to = by;
        fake.refused_job = id.number;
        g_strlcpy(fake.refused_member, member, sizeof(fake.refused_member));
        g_strlcpy(fake.refused_why, why, sizeof(fake.refused_why));
}

static void on_changed(Job *job, JobChange what, JobState previous, void *userdata) {
        bus_job_changed(fake.server, job, what, previous);
}

void fake_setup(void) {
        memset(&fake, 0, sizeof(fake));
        loop_setup();
        fake.next_id = 1;
        fake.dir = g_dir_make_tmp("jobd-test-XXXXXX", NULL);
        fake.dir_fd = open(fake.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(fake.dir_fd, 0);
        fake.bus = bus_connect(0);
        ck_assert_int_ge(sd_bus_get_unique_name(fake.bus, &fake.name), 0);
        fake.jobs = job_table_new(&(JobObserver){ .changed = on_changed });
        fake.of_jobd = (Jobs){ .table = fake.jobs, .store.dir = fake.dir_fd };
        ck_assert_int_ge(bus_server_new(fake.bus, &fake.of_jobd, NULL, NULL, &fake.server), 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

void fake_teardown(void) {
        bus_server_free(fake.server);
        job_table_free(fake.jobs);
        sd_bus_flush_close_unref(fake.bus);
        (void) close(fake.dir_fd);
        (void) nftw(fake.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        g_free(fake.dir);
        loop_teardown();
}

Job *fake_job(uint32_t id, uid_t owner) {
        char name[16];
        Job *job = job_new(job_id(id), UUID, owner, owner, sample_request());

        fake.next_id = MAX(fake.next_id, id < UINT32_MAX ? id + 1 : 1);
        job->state = JOB_RUNNING;
        job->begun = 1;
        (void) snprintf(name, sizeof(name), "%u", id);
        ck_assert_int_eq(mkdirat(fake.dir_fd, name, 0700), 0);
        job_table_add(fake.jobs, job);
        return job;
}

void fake_finish(Job *job, JobState state) {
        static uint64_t now = 1000;
        const Outcome outcome = {
                .state = state,
                .result = state == JOB_COMPLETED ? JOB_RESULT_SUCCESS
                          : state == JOB_STOPPED ? JOB_RESULT_STOPPED
                                                 : JOB_RESULT_EXIT_CODE,
                .reason = (char *) (state == JOB_FAILED ? "exited with status 3" : ""),
                .exit_code = state == JOB_FAILED ? 3 : 0,
        };

        ck_assert_int_eq(job_settle(job, &outcome, now++), 0);
        job_finish(job);
}

void fake_output(Job *job, int stream, const char *text) {
        const OutputLimit limit = { .bytes = UINT64_MAX };
        g_autoptr(Cache) cache = NULL;

        ck_assert_int_eq(cache_open(fake.dir_fd, job->id, &job->output, &limit, &cache), 0);
        ck_assert_int_eq(cache_append(cache, stream, 77, text, strlen(text), false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        job_output_changed(job);
}

void client_settle(Client *client) {
        g_autoptr(sd_bus_message)
                        reply = call_sync(client, MANAGER, "ListJobs", "a{sv}", 1, "Limit", "u", 0);

        assert_ok(reply);
}
