/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/log.h"
#include "daemon/configure.h"
#include "daemon/limits.h"
#include "daemon/queue.h"
#include "daemon/run.h"
#include "output/cache-read.h"

/* What calls on the bus do to jobs: who may do it has been decided before. */

static void new_uuid(char uuid[static JOBD_UUID_SIZE]) {
        g_autofree char *text = g_uuid_string_random();

        g_strlcpy(uuid, text, JOBD_UUID_SIZE);
}

static int check_limits(const JobRequest *request, const Caller *caller, sd_bus_error *error,
                        void *userdata) {
        return limits_check(userdata, caller->uid, request, error);
}

static int accept_job(JobRequest *taken, const Caller *caller, Job **ret, sd_bus_error *error,
                      void *userdata) {
        g_autoptr(JobRequest) request = taken;
        Manager *manager = userdata;
        char uuid[JOBD_UUID_SIZE];
        uid_t uid = request->uid;
        g_autoptr(Job) job = NULL;
        uint32_t number;
        int r;

        job_request_limit_output(request, manager->config.output_limit);
        r = id_counter_take(&manager->store.ids, &number);
        if (r < 0)
                return error_setf(error, r, "No id can be reserved: %s", g_strerror(-r));

        new_uuid(uuid);
        job = job_new(job_id(number), uuid, caller->uid, uid, g_steal_pointer(&request));
        limits_count(manager, job);
        job->created = manager_now();
        g_strlcpy(job->boot_id, manager->boot_id, sizeof(job->boot_id));
        r = store_save(&manager->store, job);
        if (r >= 0)
                r = queue_save(manager, job);
        if (r < 0) {
                (void) store_remove(&manager->store, job->id);
                account_close(&job->output, job->record_size);
                return error_setf(error, r, "The job cannot be saved: %s", g_strerror(-r));
        }
        *ret = job;
        job_table_add(manager->jobs, g_steal_pointer(&job));
        audit_accepted(manager->audit, *ret);
        return 0;
}

static void launch_job(Job *job, void *userdata) {
        queue_push(userdata, job);
}

static int send_stop(const Job *job, Run *run, sd_bus_error *error) {
        int r = run ? run_stop(run) : 0;

        return r < 0 ? error_setf(error, r, "systemd cannot be asked to stop job %s: %s",
                                  job_id_label(job->id).text, g_strerror(-r))
                     : 0;
}

static int stop_job(Job *job, uid_t by, sd_bus_error *error, void *userdata) {
        Manager *manager = userdata;
        Run *run = run_find(manager, job->id);

        if (job->stop_requested &&
            !job->settled) /* once more, if systemd did not hear it; the caller waits with the others */
                return send_stop(job, run, error);
        if (job->settled || (run && run_is_over(run)))
                return 0; /* too late: its end is its own, and about to be told */
        job->stop_requested = manager_now();
        job->stopped_by = by;
        audit_stopped(manager->audit, job, by);
        if (!run) {
                queue_remove(manager, job);
                run_finish_unstarted(manager, job, NULL);
                return 0;
        }
        (void) job_set_state(job, JOB_STOPPING, job->stop_requested);
        /* before StopUnit: whatever happens to jobd then, it was asked for */
        manager_save(manager, job);
        return send_stop(job, run, error);
}

static int kill_job(Job *job, int signo, bool all, uid_t by, sd_bus_error *error, void *userdata) {
        Manager *manager = userdata;
        Run *run = run_find(manager, job->id);
        int r;

        if (job->settled)
                return -JOBD_E_NOT_RUNNING;
        if (!run || job->state == JOB_NOT_STARTED)
                return error_setf(error, -JOBD_E_NOT_RUNNING, "Job %s has not been started yet",
                                  job_id_label(job->id).text);
        r = run_kill(run, signo, all);
        if (r >= 0)
                audit_killed(manager->audit, job, signo, by);
        return r;
}

static int remove_job(Job *job, uid_t by, sd_bus_error *error, void *userdata) {
        Manager *manager = userdata;
        OutputAccount *account = account_of(&job->output);
        JobId id = job->id;
        int r;

        r = account ? cache_remove(manager->store.dir, id, &job->output) : 0;
        if (r >= 0)
                r = store_remove(&manager->store, job->id);
        if (r < 0) {
                collector_freed(manager->collector, account); /* its output may have gone */
                return error_setf(error, r, "Job %s cannot be removed: %s", job_id_label(id).text,
                                  g_strerror(-r));
        }
        audit_removed(manager->audit, job, by);
        account_close(&job->output, job->record_size);
        collector_freed(manager->collector, account);
        endings_forget(manager->endings, id);
        job_table_remove(manager->jobs, job);
        bus_job_removed(manager->server, id);
        return 0;
}

static void output_looked_at(Job *job, void *userdata) {
        manager_tell_damage(userdata, job);
}

/* What is being consumed. */
typedef struct Consuming {
        Manager *manager;
        Job *job;
} Consuming;

static int save_consumed(void *userdata) {
        const Consuming *what = userdata;

        return manager_try_save(what->manager, what->job);
}

static int consume(Job *job, uint64_t to, sd_bus_error *error, void *userdata) {
        Manager *manager = userdata;
        int r = cache_consume(manager->store.dir, job->id, &job->output, to, !job_is_finished(job),
                              save_consumed, &(Consuming){ manager, job });

        manager_tell_damage(manager, job);
        if (r < 0)
                return error_set(error, r);
        job_output_changed(job);
        collector_consumed(manager->collector, job->id);
        collector_freed(manager->collector, account_of(&job->output));
        return 0;
}

static int load_request(Job *job, JobRequest **ret, void *userdata) {
        Manager *manager = userdata;

        return store_load_request(&manager->store, job->id, ret);
}

static int reload(sd_bus_error *error, void *userdata) {
        return reconfigure(userdata, error);
}

static void refused(const Caller *caller, const char *member, JobId id, const char *why, void *userdata) {
        Manager *manager = userdata;

        audit_refused(manager->audit, caller->uid, member, job_table_find(manager->jobs, id), why);
}

const BusOps manager_bus_ops = {
        .check_limits = check_limits,
        .accept_job = accept_job,
        .launch_job = launch_job,
        .stop_job = stop_job,
        .kill_job = kill_job,
        .remove_job = remove_job,
        .consume = consume,
        .output_looked_at = output_looked_at,
        .load_request = load_request,
        .reload = reload,
        .refused = refused,
};
