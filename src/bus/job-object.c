/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/parse.h"
#include "bus/internal.h"

/*
 * org.jobd1.Job: the vtable, and the methods that act on the job. Those on its output are in job-output.c
 * and receive.c. Order in each: parse, may he, act, reply.
 */

#define CONST(name, type) SD_BUS_PROPERTY(name, type, bus_get_job_property, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define EMITS(name, type) \
        SD_BUS_PROPERTY(name, type, bus_get_job_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
#define INVALIDATES(name, type) \
        SD_BUS_PROPERTY(name, type, bus_get_job_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION)

const sd_bus_vtable bus_job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("GetDetails", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a{sv}", details),
                                bus_method_get_details, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                        "ReadOutput",
                        SD_BUS_ARGS("t", position, "t", max_bytes, "t", timeout_usec, "a{sv}", options),
                        SD_BUS_RESULT("a(ttsay)", frames, "t", next, "b", end), bus_method_read_output,
                        SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("OpenOutput", SD_BUS_ARGS("t", position, "a{sv}", options),
                                SD_BUS_RESULT("h", segment, "t", start, "t", end), bus_method_open_output,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("BeginReceive", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("t", begin),
                                bus_method_begin_receive, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Consume", SD_BUS_ARGS("t", from, "t", to, "a{sv}", options),
                                SD_BUS_NO_RESULT, bus_method_consume, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("EndReceive", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                                bus_method_end_receive, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Receive", SD_BUS_ARGS("b", keep, "t", max_bytes, "a{sv}", options),
                                SD_BUS_RESULT("a(tsay)", frames, "b", more), bus_method_receive,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Wait", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("s", state),
                                bus_method_wait, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Stop", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, bus_method_stop,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Kill", SD_BUS_ARGS("s", signal, "a{sv}", options), SD_BUS_NO_RESULT,
                                bus_method_kill, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Suspend", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                                bus_method_suspend, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Resume", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, bus_method_resume,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, bus_method_remove,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListChildren", SD_BUS_ARGS("a{sv}", options),
                                SD_BUS_RESULT("a(oa{sv})", children), bus_method_list_children,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetThrottleLimit", SD_BUS_ARGS("u", limit, "a{sv}", options),
                                SD_BUS_NO_RESULT, bus_method_set_throttle_limit, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("StateChanged", SD_BUS_ARGS("s", state, "s", previous, "s", reason), 0),
        CONST("Id", "u"),
        CONST("InstanceId", "s"),
        CONST("Name", "s"),
        CONST("JobType", "s"),
        CONST("Location", "s"),
        CONST("Owner", "u"),
        CONST("Uid", "u"),
        CONST("Unit", "s"),
        CONST("Parent", "o"),
        CONST("CreatedTimestamp", "t"),
        EMITS("State", "s"),
        EMITS("Reason", "s"),
        EMITS("Result", "s"),
        EMITS("ExitCode", "i"),
        EMITS("ExitSignal", "i"),
        EMITS("ExecErrno", "i"),
        EMITS("HasMoreData", "b"),
        EMITS("StatusMessage", "s"),
        CONST("NChildren", "u"),
        EMITS("ThrottleLimit", "u"),
        EMITS("BeginTimestamp", "t"),
        EMITS("EndTimestamp", "t"),
        EMITS("CPUUsageNSec", "t"),
        EMITS("MemoryPeak", "t"),
        INVALIDATES("OutputBytes", "t"),
        INVALIDATES("OutputLost", "t"),
        INVALIDATES("OutputDropped", "t"),
        SD_BUS_VTABLE_END,
};

static int refuse_finished(const Job *job, sd_bus_error *error) {
        return error_setf(error, -JOBD_E_ALREADY_FINISHED, "Job %s has already finished (%s)",
                          job_id_label(job->id).text, job_state_to_string(job->state));
}

/* Stop and Remove with force wait for the end; what is done then is the only difference. */
static bool on_stopped(Pending *pending, JobId id, PendingEvent event) {
        BusServer *server = pending->userdata;
        const Job *job = job_table_find(server->jobs->table, id);

        if (event != PENDING_REMOVED && job && !job_is_finished(job))
                return false;
        (void) sd_bus_reply_method_return(pending->call->message, NULL);
        return true;
}

/* Whoever ended the job still works with it: it goes when he has done. */
static bool on_stopped_remove(Pending *pending, JobId id, PendingEvent event) {
        BusServer *server = pending->userdata;
        const Job *job = job_table_find(server->jobs->table, id);

        if (event == PENDING_REMOVED || !job) {
                (void) sd_bus_reply_method_return(pending->call->message, NULL);
                return true;
        }
        if (event == PENDING_NOT_REMOVED) {
                (void) sd_bus_reply_method_error(pending->call->message, &server->removal_error);
                return true;
        }
        if (job_is_finished(job))
                bus_remove_soon(server, id, pending->call->uid);
        return false;
}

static const PendingHandler stop_handler = { .event = on_stopped };
static const PendingHandler remove_handler = { .event = on_stopped_remove };

/* Returns 1 if the call will be answered when the job has ended, 0 if it has. */
static int stop_and_wait(BusServer *server, sd_bus_message *call, Job *job, const Caller *caller, bool wait,
                         const PendingHandler *handler, sd_bus_error *error) {
        JobId id = job->id;
        int r;

        r = jobs_stop(server->jobs, job, caller->uid, error);
        if (r < 0)
                return r;
        if (!wait || job_is_finished(job))
                return 0;
        r = pending_add(server->pending, call, caller->uid, &id, 1, UINT64_MAX, handler, NULL, NULL, NULL,
                        error);
        return r < 0 ? r : 1;
}

int bus_method_stop(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        static const Option options[] = { { "Wait", "b", option_bool, 0 } };
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        const Caller *caller;
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

        r = stop_and_wait(server, call, job, caller, wait, &stop_handler, error);
        if (r != 0)
                return r;
        bus_flush_now(server);
        return sd_bus_reply_method_return(call, NULL);
}

/* Less than what clients wait for an answer. */
#define KILL_WAIT_USEC (UINT64_C(15) * 1000 * 1000)

static int send_kill(BusServer *server, Job *job, int signo, bool all, uid_t by, sd_bus_error *error) {
        int r = jobs_kill(server->jobs, job, signo, all, by, error);

        return r >= 0 || sd_bus_error_is_set(error) ? r : error_set(error, r);
}

/* Its command executes, or never will. */
static bool on_started_kill(Pending *pending, JobId id, PendingEvent event) {
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        BusServer *server = pending->userdata;
        Job *job = job_table_find(server->jobs->table, id);
        int signo = GPOINTER_TO_INT(pending->data), r; /* negative: for all processes */

        if (event == PENDING_OUTPUT || (job && job->state == JOB_NOT_STARTED && event != PENDING_REMOVED))
                return false;
        if (event == PENDING_REMOVED || !job)
                r = error_setf(&error, -JOBD_E_NO_SUCH_JOB, "Job %s was removed", job_id_label(id).text);
        else if (job_is_finished(job))
                r = refuse_finished(job, &error);
        else
                r = send_kill(server, job, ABS(signo), signo < 0, pending->call->uid, &error);
        if (r < 0)
                (void) sd_bus_reply_method_error(pending->call->message, &error);
        else
                (void) sd_bus_reply_method_return(pending->call->message, NULL);
        return true;
}

static bool on_kill_timeout(Pending *pending) {
        (void) sd_bus_reply_method_errorf(pending->call->message, JOBD_ERROR_PREFIX "NotRunning",
                                          "Job %s has not been started yet",
                                          job_id_label(pending->ids[0]).text);
        return true;
}

static const PendingHandler kill_handler = { .event = on_started_kill, .timeout = on_kill_timeout };

int bus_method_kill(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        static const Option options[] = { { "Whom", "s", option_basic, 0 } };
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        const Caller *caller;
        const char *word, *whom = "main";
        int signo, r;
        bool all;

        r = sd_bus_message_read(call, "s", &word);
        if (r >= 0)
                r = options_read(call, options, G_N_ELEMENTS(options), &whom, error);
        if (r < 0)
                return r;
        if (parse_signal(word, &signo) < 0)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT, "'%.32s' is not a signal", word);
        if (strcmp(whom, "main") != 0 && strcmp(whom, "all") != 0)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Option Whom: '%.32s' is neither main nor all", whom);
        if (job_is_finished(job))
                return refuse_finished(job, error);
        r = bus_authorize(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        all = strcmp(whom, "all") == 0;
        if (job->state == JOB_NOT_STARTED) {
                JobId id = job->id;

                r = pending_add(server->pending, call, caller->uid, &id, 1, KILL_WAIT_USEC, &kill_handler,
                                GINT_TO_POINTER(all ? -signo : signo), NULL, NULL, error);
                return r < 0 ? r : 1;
        }
        r = send_kill(server, job, signo, all, caller->uid, error);
        return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

int bus_method_remove(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        static const Option options[] = { { "Force", "b", option_bool, 0 } };
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        const Caller *caller;
        bool force = false;
        int r;

        r = options_read(call, options, G_N_ELEMENTS(options), &force, error);
        if (r < 0)
                return r;
        if (job->parent)
                return error_setf(error, -JOBD_E_IS_CHILD,
                                  "Job %s belongs to job %s, and goes when that is removed",
                                  job_id_label(job->id).text, job_id_label(job->parent->id).text);
        if (!job_is_finished(job) && !force)
                return error_setf(error, -JOBD_E_NOT_FINISHED,
                                  "Job %s has not finished (%s): stop it first, or use force",
                                  job_id_label(job->id).text, job_state_to_string(job->state));
        r = bus_authorize(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;

        if (!job_is_finished(job)) {
                r = stop_and_wait(server, call, job, caller, true, &remove_handler, error);
                if (r != 0)
                        return r;
                bus_flush_now(server); /* its end, before it is no more */
        }

        r = jobs_remove(server->jobs, job, caller->uid, error);
        if (r < 0)
                return sd_bus_error_is_set(error) ? r : error_set(error, r);
        bus_flush_now(server);
        return sd_bus_reply_method_return(call, NULL);
}

int bus_method_set_throttle_limit(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        Job *job = userdata;
        const Caller *caller;
        uint32_t limit;
        int r;

        r = sd_bus_message_read(call, "u", &limit);
        if (r >= 0)
                r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        if (limit == 0)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT, "0 would let none of its commands run");
        if (!job->family)
                return error_setf(error, -JOBD_E_NOT_SUPPORTED, "Job %s has no children",
                                  job_id_label(job->id).text);
        if (job_is_finished(job))
                return refuse_finished(job, error);
        r = bus_authorize(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = jobs_set_throttle(server->jobs, job, limit, error);
        if (r < 0)
                return r;
        bus_flush_now(server);
        return sd_bus_reply_method_return(call, NULL);
}
