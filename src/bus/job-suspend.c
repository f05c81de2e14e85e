/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/internal.h"

/* Suspend and Resume of org.jobd1.Job. Order in each as in job-object.c: parse, may he, act, reply. */

/* Less than what clients wait for an answer. */
#define FREEZER_WAIT_USEC (UINT64_C(15) * 1000 * 1000)

static int refuse_finished(const Job *job, sd_bus_error *error) {
        return error_setf(error, -JOBD_E_ALREADY_FINISHED, "Job %s has already finished (%s)",
                          job_id_label(job->id).text, job_state_to_string(job->state));
}

/* What came of it; 1 if that is not known yet. */
static int suspended(const Job *job, PendingEvent event, sd_bus_error *error) {
        if (job->state == JOB_SUSPENDING)
                return 1;
        if (job->state == JOB_SUSPENDED)
                return 0;
        if (job_is_finished(job))
                return refuse_finished(job, error);
        if (job->state == JOB_STOPPING)
                return error_setf(error, -JOBD_E_NOT_RUNNING, "Job %s is being stopped",
                                  job_id_label(job->id).text);
        return error_setf(error, -JOBD_E_NOT_SUPPORTED, "Job %s %s", job_id_label(job->id).text,
                          job->reason ? job->reason : "was resumed meanwhile");
}

static int resumed(const Job *job, PendingEvent event, sd_bus_error *error) {
        if (event == PENDING_REFUSED)
                return error_setf(error, -JOBD_E_NOT_SUPPORTED, "Job %s %s", job_id_label(job->id).text,
                                  job->reason);
        return job->state == JOB_SUSPENDING || job->state == JOB_SUSPENDED;
}

typedef int (*Came)(const Job *job, PendingEvent event, sd_bus_error *error);

static bool on_event(Pending *pending, JobId id, PendingEvent event, Came came) {
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        BusServer *server = pending->userdata;
        const Job *job = job_table_find(server->jobs->table, id);
        int r;

        if (event == PENDING_OUTPUT)
                return false;
        if (event == PENDING_REMOVED || !job)
                r = error_setf(&error, -JOBD_E_NO_SUCH_JOB, "Job %s was removed", job_id_label(id).text);
        else
                r = came(job, event, &error);
        if (r > 0)
                return false;
        if (r < 0)
                (void) sd_bus_reply_method_error(pending->call->message, &error);
        else
                (void) sd_bus_reply_method_return(pending->call->message, NULL);
        return true;
}

static bool on_suspend_event(Pending *pending, JobId id, PendingEvent event) {
        return on_event(pending, id, event, suspended);
}

static bool on_resume_event(Pending *pending, JobId id, PendingEvent event) {
        return on_event(pending, id, event, resumed);
}

static bool on_timeout(Pending *pending) {
        (void) sd_bus_reply_method_errorf(pending->call->message, JOBD_ERROR_PREFIX "Busy",
                                          "systemd has not answered for job %s yet; it is done when it has",
                                          job_id_label(pending->ids[0]).text);
        return true;
}

static const PendingHandler suspend_handler = { .event = on_suspend_event, .timeout = on_timeout };
static const PendingHandler resume_handler = { .event = on_resume_event, .timeout = on_timeout };

static int change(sd_bus_message *call, Job *job, bool suspend, sd_bus_error *error) {
        static const Option options[] = { { "Wait", "b", option_bool, 0 } };
        BusServer *server = bus_server_of(call);
        const Caller *caller;
        JobId id = job->id;
        bool wait = true;
        int r;

        r = options_read(call, options, G_N_ELEMENTS(options), &wait, error);
        if (r < 0)
                return r;
        if (job_is_finished(job))
                return refuse_finished(job, error);
        r = bus_authorize(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        r = suspend ? jobs_suspend(server->jobs, job, caller->uid, error)
                    : jobs_resume(server->jobs, job, caller->uid, error);
        if (r < 0)
                return sd_bus_error_is_set(error) ? r : error_set(error, r);
        /* a parent's state is its children's, of whom others may wait for their turn */
        if (wait && !job->family && job->state != (suspend ? JOB_SUSPENDED : JOB_RUNNING)) {
                r = pending_add(server->pending, call, caller->uid, &id, 1, FREEZER_WAIT_USEC,
                                suspend ? &suspend_handler : &resume_handler, NULL, NULL, NULL, error);
                return r < 0 ? r : 1;
        }
        bus_flush_now(server);
        return sd_bus_reply_method_return(call, NULL);
}

int bus_method_suspend(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return change(call, userdata, true, error);
}

int bus_method_resume(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        return change(call, userdata, false, error);
}
