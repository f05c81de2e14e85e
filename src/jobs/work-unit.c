/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/user.h"
#include "jobs/save.h"
#include "jobs/work-internal.h"
#include "model/raw-properties.h"

/* What systemd says of a job's unit. */

#define START_ERROR_MAX 512U /* bytes of systemd's words in a reason */

static void on_running(pid_t main_pid, void *userdata) {
        Work *work = userdata;
        Job *job = work->job;

        job_set_main_pid(job, main_pid);
        collector_set_pid(work->jobs->collector, job->id, main_pid);
        work->unit_runs = true;
        work_check_started(work);
        jobs_save(work->jobs, job);
        store_remove_spec(&work->jobs->store, job->id);
}

/* Somebody asked systemd for it, not jobd; by whom it does not tell. */
static void on_stopping(void *userdata) {
        Work *work = userdata;
        Job *job = work->job;

        work->unit_stopped = true;
        if (job->stop_requested || work_is_over(work))
                return;
        job_ask_stop(job, UID_INVALID, jobs_now());
        (void) job_set_state(job, JOB_STOPPING, job->stop_requested);
        jobs_save(work->jobs, job);
}

static void on_ended(const UnitEnd *end, const char *start_error, void *userdata) {
        Work *work = userdata;
        Collector *collector = work->jobs->collector;
        bool ran = (end->known && end->main_code != 0) || (!end->known && !start_error);

        work->unit_stopped = work->unit_stopped || end->stopped;
        work->unit_over = true;
        work->unit_end = *end;
        if (start_error)
                work->start_error = raw_properties_redact(work->job->request->properties, start_error,
                                                          START_ERROR_MAX);
        if (work->output_over || !ran) {
                work_finish(work);
                return;
        }
        if (work->job->main_pid == 0)
                collector_find_pid(collector, work->job->id);
        collector_finish(collector, work->job->id);
}

static void on_refused(void *userdata) {
        Work *work = userdata;
        Jobs *jobs = work->jobs;
        Job *job = work->job;

        /* frees the work */
        job_map_remove(jobs->works, job->id);
        jobs->events->refused(job, jobs->userdata);
}

const UnitHandler work_unit_handler = {
        .running = on_running,
        .stopping = on_stopping,
        .freezer = work_freezer_changed,
        .ended = on_ended,
        .refused = on_refused,
};
