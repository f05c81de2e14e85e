/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "build-config.h"
#include "bus/internal.h"

/* org.jobd1.Manager: the vtable, and what is too small for a file of its own. */

static int get_version(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "s", JOBD_VERSION);
}

static int get_features(sd_bus *bus, const char *path, const char *interface, const char *property,
                        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "as", 0);
}

static int get_n_jobs(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const BusServer *server = userdata;

        return sd_bus_message_append(reply, "u", server->jobs->table->jobs->len);
}

static int get_n_running(sd_bus *bus, const char *path, const char *interface, const char *property,
                         sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const BusServer *server = userdata;
        uint32_t n = 0;

        for (guint i = 0; i < server->jobs->table->jobs->len; i++) {
                const Job *job = job_table_at(server->jobs->table, i);

                n += !job_is_finished(job) && job->state != JOB_NOT_STARTED;
        }
        return sd_bus_message_append(reply, "u", n);
}

static int method_get_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = userdata;
        uint32_t number;
        int r;

        r = sd_bus_message_read(call, "u", &number);
        if (r >= 0)
                r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        if (!job_table_find(server->jobs->table, job_id(number)))
                return error_setf(error, -JOBD_E_NO_SUCH_JOB, "There is no job %u", number);
        return sd_bus_reply_method_return(call, "o", job_id_path(job_id(number)).text);
}

/* A call without arguments, and who makes it. As caller_get(). */
static int read_caller(BusServer *server, sd_bus_message *call, const Caller **ret, sd_bus_error *error) {
        int r = options_refuse_all(call, error);

        return r < 0 ? r : caller_get(server->callers, call, ret, error);
}

static int method_reload(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = userdata;
        const Caller *caller;
        int r;

        r = read_caller(server, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (caller->uid != 0)
                return bus_refuse(server, call,
                                  error_setf(error, -JOBD_E_ACCESS_DENIED,
                                             "Only root may have the configuration reloaded"),
                                  error);
        r = server->reload(error, server->userdata);
        return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

static int method_subscribe(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = userdata;
        const Caller *caller;
        int r;

        r = read_caller(server, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = subscribers_add(server->subscribers, caller, error);
        return r < 0 ? bus_refuse(server, call, r, error) : sd_bus_reply_method_return(call, NULL);
}

static int method_unsubscribe(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = userdata;
        int r;

        r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        subscribers_drop_client(server->subscribers, sd_bus_message_get_sender(call));
        return sd_bus_reply_method_return(call, NULL);
}

const sd_bus_vtable bus_manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("StartJob", SD_BUS_ARGS("as", command, "a{sv}", options),
                                SD_BUS_RESULT("o", job), bus_method_start_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetJob", SD_BUS_ARGS("u", id, "a{sv}", options), SD_BUS_RESULT("o", job),
                                method_get_job, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ListJobs", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a(oa{sv})", jobs),
                                bus_method_list_jobs, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("WaitJobs", SD_BUS_ARGS("ao", jobs, "a{sv}", options),
                                SD_BUS_RESULT("a(os)", results), bus_method_wait_jobs,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_reload,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Subscribe", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                                method_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Unsubscribe", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                                method_unsubscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("JobNew", SD_BUS_ARGS("u", id, "o", job), 0),
        SD_BUS_SIGNAL_WITH_ARGS("JobRemoved", SD_BUS_ARGS("u", id, "o", job), 0),
        SD_BUS_SIGNAL("SignalsMissed", "", 0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Features", "as", get_features, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("NJobs", "u", get_n_jobs, 0, SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        SD_BUS_PROPERTY("NRunning", "u", get_n_running, 0, SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        SD_BUS_VTABLE_END,
};
