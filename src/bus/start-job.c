/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "bus/start-options.h"

/* StartJob: everything is read and validated before anything is done. */

/* Moves the words of `from`, if there are any, behind those of `to`. */
static void move_words(GPtrArray *to, GPtrArray *from) {
        for (guint i = 0; from && i < from->len; i++)
                g_ptr_array_add(to, g_strdup(g_ptr_array_index(from, i)));
}

static char **to_strv(GPtrArray *words) {
        g_ptr_array_add(words, NULL);
        return (char **) g_ptr_array_free(words, FALSE);
}

static int settle_command(StartOptions *o, sd_bus_error *error) {
        GPtrArray *argv = g_ptr_array_new();

        move_words(argv, o->command);
        move_words(argv, o->command_bytes);
        o->request->argv = to_strv(argv);
        if (o->command->len > 0 && o->command_bytes)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Both a command and CommandBytes are given");
        if (!o->request->argv[0] || !o->request->argv[0][0])
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT, "The command is empty");
        return 0;
}

static void settle_environment(StartOptions *o) {
        GPtrArray *environment = g_ptr_array_new();

        move_words(environment, o->environment_bytes);
        move_words(environment, o->environment);
        o->request->environment = to_strv(environment);
        o->request->login_environment = !o->environment_bytes;
}

/* What an unprivileged caller may not have. */
static int check_rights(const JobRequest *request, const Caller *caller, sd_bus_error *error) {
        if (caller->uid == 0)
                return 0;
        if (request->nice < 0)
                return error_setf(error, -JOBD_E_ACCESS_DENIED, "Nice %i: only root may go below 0",
                                  request->nice);
        if (request->stop_timeout_usec > REQUEST_STOP_TIMEOUT_MAX)
                return error_setf(error, -JOBD_E_ACCESS_DENIED,
                                  "StopTimeoutUSec: only root may have more than 5min");
        return 0;
}

static int read_request(sd_bus_message *call, const Caller *caller, JobRequest **ret, sd_bus_error *error) {
        g_auto(StartOptions) o = { .request = job_request_new(), .umask = 0022 };
        int r;

        r = start_options_read(call, &o, error);
        if (r >= 0)
                r = settle_command(&o, error);
        if (r < 0)
                return r;
        settle_environment(&o);
        o.request->umask = (mode_t) o.umask;
        if (!o.request->directory)
                o.request->directory = g_strdup("~"); /* jobd-exec knows where that is */
        r = check_rights(o.request, caller, error);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&o.request);
        return 0;
}

int bus_method_start_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = userdata;
        char path[JOB_PATH_MAX];
        JobRequest *request = NULL;
        const Caller *caller;
        Job *job;
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = read_request(call, caller, &request, error);
        if (r < 0)
                return r;

        r = server->ops->accept_job(request, caller, &job, error, server->userdata);
        if (r < 0)
                return sd_bus_error_is_set(error) ? r : error_set(error, r);
        r = sd_bus_reply_method_return(call, "o", bus_job_path(job->id, path));
        /* accepted is accepted, also if the caller cannot be told; its signals come after the reply */
        bus_job_added(server, job);
        server->ops->launch_job(job, server->userdata);
        return r;
}
