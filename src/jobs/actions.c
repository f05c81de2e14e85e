/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/actions.h"

#include <signal.h>

#include "base/error.h"
#include "jobs/kind.h"
#include "jobs/places.h"
#include "jobs/save.h"
#include "jobs/settle.h"

int jobs_set_throttle(Jobs *jobs, Job *parent, uint32_t throttle, sd_bus_error *error) {
        uint32_t before = parent->family->throttle;
        int r;

        job_set_throttle(parent, throttle);
        r = jobs_try_save(jobs, parent);
        if (r < 0) {
                job_set_throttle(parent, before);
                return error_setf(error, r, "Job %s cannot be saved: %s", job_id_label(parent->id).text,
                                  g_strerror(-r));
        }
        places_give_soon(jobs, parent);
        return 0;
}

void jobs_launch(Jobs *jobs, Job *job) {
        if (job->family)
                places_give_soon(jobs, job);
        else
                jobs->events->ready(job, jobs->userdata);
}

static int send_stop(Jobs *jobs, Job *job, sd_bus_error *error) {
        int r = job_kind(job)->stop(jobs, job);

        return r < 0 ? error_setf(error, r, "systemd cannot be asked to stop job %s: %s",
                                  job_id_label(job->id).text, g_strerror(-r))
                     : 0;
}

static int stop_one(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        JobStage stage = job_kind(job)->stage(jobs, job);

        if (job->stop_requested &&
            !job->settled) /* once more, if systemd did not hear it; the caller waits with the others */
                return send_stop(jobs, job, error);
        if (job->settled || stage == JOB_STAGE_OVER)
                return 0; /* too late: its end is its own, and about to be told */
        job_ask_stop(job, by, jobs_now());
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

/* Whoever waits ends at once, and nobody starts afterwards. */
static int stop_family(Jobs *jobs, Job *parent, uid_t by, sd_bus_error *error) {
        int r = 0;

        if (parent->settled)
                return 0;
        if (!parent->stop_requested) {
                job_ask_stop(parent, by, jobs_now());
                audit_stopped(jobs->audit, parent, by);
                /* the next jobd goes on with it */
                jobs_save(jobs, parent);
        }
        for (guint i = 0; r >= 0 && i < parent->family->children->len; i++) {
                Job *child = g_ptr_array_index(parent->family->children, i);

                if (!job_is_finished(child))
                        r = stop_one(jobs, child, by, error);
        }
        return r;
}

int jobs_stop(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        return job->family ? stop_family(jobs, job, by, error) : stop_one(jobs, job, by, error);
}

static int kill_one(Jobs *jobs, Job *job, int signo, bool all, uid_t by, sd_bus_error *error) {
        const JobKind *kind = job_kind(job);
        int r;

        if (job->settled)
                return -JOBD_E_NOT_RUNNING;
        if (kind->stage(jobs, job) == JOB_STAGE_WAITS || job->state == JOB_NOT_STARTED)
                return error_setf(error, -JOBD_E_NOT_RUNNING, "Job %s has not been started yet",
                                  job_id_label(job->id).text);
        r = kind->kill(jobs, job, signo, all);
        if (r < 0)
                return r;
        audit_killed(jobs->audit, job, signo, by);
        /* its jobd-exec, which passes it on, is frozen as well */
        return signo == SIGKILL && job_is_suspended(job) ? kind->freeze(jobs, job, false) : 0;
}

/* Those that run. */
static int kill_family(Jobs *jobs, const Job *parent, int signo, bool all, uid_t by, sd_bus_error *error) {
        guint n = 0;
        int r = 0;

        for (guint i = 0; r >= 0 && i < parent->family->children->len; i++) {
                Job *child = g_ptr_array_index(parent->family->children, i);

                if (job_is_finished(child) || child->settled || child->state == JOB_NOT_STARTED)
                        continue;
                r = kill_one(jobs, child, signo, all, by, error);
                if (r == -JOBD_E_NOT_RUNNING) /* it has just ended */
                        r = 0;
                else
                        n++;
        }
        return r < 0 || n > 0 ? r : -JOBD_E_NOT_RUNNING;
}

int jobs_kill(Jobs *jobs, Job *job, int signo, bool all, uid_t by, sd_bus_error *error) {
        return job->family ? kill_family(jobs, job, signo, all, by, error)
                           : kill_one(jobs, job, signo, all, by, error);
}

static int remove_one(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
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
        if (!job->parent) /* whose removal says it for all */
                audit_removed(jobs->audit, job, by);
        account_close(&job->output, job->record_size);
        collector_freed(jobs->collector, account);
        endings_forget(jobs->endings, id);
        job_table_remove(jobs->table, job);
        return 0;
}

/* First nothing of it comes back, whatever happens then. */
static int remove_children(Jobs *jobs, Job *parent, uid_t by, sd_bus_error *error) {
        int r = store_forget(&jobs->store, parent->id);

        if (r < 0)
                return error_setf(error, r, "Job %s cannot be removed: %s", job_id_label(parent->id).text,
                                  g_strerror(-r));
        while (r >= 0 && parent->family->children->len > 0) {
                guint last = parent->family->children->len - 1;
                Job *child = g_ptr_array_index(parent->family->children, last);

                r = remove_one(jobs, child, by, error);
                if (r >= 0)
                        g_ptr_array_set_size(parent->family->children, (gint) last);
        }
        return r;
}

int jobs_remove(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        int r;

        g_assert(!job->parent); /* it goes when that is removed */
        r = job->family ? remove_children(jobs, job, by, error) : 0;
        return r < 0 ? r : remove_one(jobs, job, by, error);
}

int jobs_read_output(Jobs *jobs, Job *job, uint64_t position, uint64_t max_bytes, CacheFrameFunc func,
                     void *userdata, uint64_t *ret_next) {
        int r = cache_read(jobs->store.dir, job->id, &job->output, position, max_bytes, func, userdata,
                           ret_next);

        jobs_tell_damage(jobs, job);
        return r;
}

int jobs_open_output(Jobs *jobs, Job *job, uint64_t position, int *ret_fd, uint64_t *ret_start,
                     uint64_t *ret_end) {
        int r = cache_open_segment(jobs->store.dir, job->id, &job->output, position, ret_fd, ret_start,
                                   ret_end);

        jobs_tell_damage(jobs, job);
        return r;
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
