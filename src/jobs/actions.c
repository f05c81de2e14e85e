/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/actions.h"

#include "base/error.h"
#include "jobs/kind.h"
#include "jobs/limits.h"
#include "jobs/save.h"
#include "jobs/settle.h"
#include "jobs/start.h"
#include "output/cache-read.h"

static void new_uuid(char uuid[static JOBD_UUID_SIZE]) {
        g_autofree char *text = g_uuid_string_random();

        g_strlcpy(uuid, text, JOBD_UUID_SIZE);
}

int jobs_check_limits(Jobs *jobs, const JobRequest *request, uid_t owner, sd_bus_error *error) {
        return limits_check(jobs, owner, request, error);
}

int jobs_accept(Jobs *jobs, JobRequest *taken, uid_t owner, Job **ret, sd_bus_error *error) {
        g_autoptr(JobRequest) request = taken;
        char uuid[JOBD_UUID_SIZE];
        uid_t uid = request->uid;
        g_autoptr(Job) job = NULL;
        uint32_t number;
        int r;

        job_request_limit_output(request, jobs->limits.output_limit);
        r = id_counter_take(&jobs->store.ids, &number);
        if (r < 0)
                return error_setf(error, r, "No id can be reserved: %s", g_strerror(-r));

        new_uuid(uuid);
        job = job_new(job_id(number), uuid, owner, uid, g_steal_pointer(&request));
        limits_count(jobs, job);
        job->created = jobs_now();
        g_strlcpy(job->boot_id, jobs->places.boot_id, sizeof(job->boot_id));
        r = store_save(&jobs->store, job);
        if (r >= 0)
                r = jobs_save_spec(jobs, job);
        if (r < 0) {
                (void) store_remove(&jobs->store, job->id);
                account_close(&job->output, job->record_size);
                return error_setf(error, r, "The job cannot be saved: %s", g_strerror(-r));
        }
        *ret = job;
        job_table_add(jobs->table, g_steal_pointer(&job));
        audit_accepted(jobs->audit, *ret);
        return 0;
}

void jobs_launch(Jobs *jobs, Job *job) {
        jobs->events->ready(job, jobs->userdata);
}

static int send_stop(Jobs *jobs, Job *job, sd_bus_error *error) {
        int r = job_kind(job)->stop(jobs, job);

        return r < 0 ? error_setf(error, r, "systemd cannot be asked to stop job %s: %s",
                                  job_id_label(job->id).text, g_strerror(-r))
                     : 0;
}

int jobs_stop(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        JobStage stage = job_kind(job)->stage(jobs, job);

        if (job->stop_requested &&
            !job->settled) /* once more, if systemd did not hear it; the caller waits with the others */
                return send_stop(jobs, job, error);
        if (job->settled || stage == JOB_STAGE_OVER)
                return 0; /* too late: its end is its own, and about to be told */
        job->stop_requested = jobs_now();
        job->stopped_by = by;
        audit_stopped(jobs->audit, job, by);
        if (stage == JOB_STAGE_WAITS) {
                jobs->events->withdrawn(job, jobs->userdata);
                jobs_settle_unstarted(jobs, job, NULL);
                return 0;
        }
        (void) job_set_state(job, JOB_STOPPING, job->stop_requested);
        /* before StopUnit: whatever happens to jobd then, it was asked for */
        jobs_save(jobs, job);
        return send_stop(jobs, job, error);
}

int jobs_kill(Jobs *jobs, Job *job, int signo, bool all, uid_t by, sd_bus_error *error) {
        const JobKind *kind = job_kind(job);
        int r;

        if (job->settled)
                return -JOBD_E_NOT_RUNNING;
        if (kind->stage(jobs, job) == JOB_STAGE_WAITS || job->state == JOB_NOT_STARTED)
                return error_setf(error, -JOBD_E_NOT_RUNNING, "Job %s has not been started yet",
                                  job_id_label(job->id).text);
        r = kind->kill(jobs, job, signo, all);
        if (r >= 0)
                audit_killed(jobs->audit, job, signo, by);
        return r;
}

int jobs_remove(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        OutputAccount *account = account_of(&job->output);
        JobId id = job->id;
        int r;

        r = account ? cache_remove(jobs->store.dir, id, &job->output) : 0;
        if (r >= 0)
                r = store_remove(&jobs->store, job->id);
        if (r < 0) {
                collector_freed(jobs->collector, account); /* its output may have gone */
                return error_setf(error, r, "Job %s cannot be removed: %s", job_id_label(id).text,
                                  g_strerror(-r));
        }
        audit_removed(jobs->audit, job, by);
        account_close(&job->output, job->record_size);
        collector_freed(jobs->collector, account);
        endings_forget(jobs->endings, id);
        job_table_remove(jobs->table, job);
        return 0;
}

void jobs_output_looked_at(Jobs *jobs, Job *job) {
        jobs_tell_damage(jobs, job);
}

/* What is being consumed. */
typedef struct Consuming {
        Jobs *jobs;
        Job *job;
} Consuming;

static int save_consumed(void *userdata) {
        const Consuming *what = userdata;

        return jobs_try_save(what->jobs, what->job);
}

int jobs_consume(Jobs *jobs, Job *job, uint64_t to, sd_bus_error *error) {
        int r = cache_consume(jobs->store.dir, job->id, &job->output, to, !job_is_finished(job),
                              save_consumed, &(Consuming){ jobs, job });

        jobs_tell_damage(jobs, job);
        if (r < 0)
                return error_set(error, r);
        job_output_changed(job);
        collector_consumed(jobs->collector, job->id);
        collector_freed(jobs->collector, account_of(&job->output));
        return 0;
}

int jobs_load_request(Jobs *jobs, const Job *job, JobRequest **ret) {
        return store_load_request(&jobs->store, job->id, ret);
}

void jobs_refused(Jobs *jobs, uid_t by, const char *member, JobId id, const char *why) {
        audit_refused(jobs->audit, by, member, job_table_find(jobs->table, id), why);
}
