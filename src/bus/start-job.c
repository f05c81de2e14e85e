/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "authz/process-limits.h"
#include "authz/process.h"
#include "base/quote.h"
#include "base/user.h"
#include "bus/start-identity.h"
#include "bus/start-tasks.h"
#include "model/process-limits.h"
#include "model/raw-properties.h"

/* StartJob: everything is read and validated, then polkit is asked, then the job is accepted. */

/* Bytes of the command in the question; of the properties, of which nothing may be cut off: one is enough to
 * have root's rights. */
#define COMMAND_ASKED_MAX    4096U
#define PROPERTIES_ASKED_MAX 4096U

/* Moves the words of `from`, if there are any, behind those of `to`. */
static void move_words(GPtrArray *to, GPtrArray *from) {
        gsize n = 0;
        g_autofree gpointer *words = from ? g_ptr_array_steal(from, &n) : NULL;

        for (gsize i = 0; i < n; i++)
                g_ptr_array_add(to, words[i]);
}

static char **to_strv(GPtrArray *words) {
        g_ptr_array_add(words, NULL);
        return (char **) g_ptr_array_free(words, FALSE);
}

static int settle_command(StartOptions *o, sd_bus_error *error) {
        GPtrArray *argv = g_ptr_array_new();
        bool both = o->command->len > 0 && o->command_bytes;

        move_words(argv, o->command);
        move_words(argv, o->command_bytes);
        o->request->argv = to_strv(argv);
        if (both)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Both a command and CommandBytes are given");
        if (!o->request->argv[0] || !o->request->argv[0][0])
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT, "The command is empty");
        if (strlen(o->request->argv[0]) >= JOBD_PATH_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "The program's name is longer than %u bytes", JOBD_PATH_MAX - 1);
        return 0;
}

static void settle_environment(StartOptions *o) {
        GPtrArray *environment = g_ptr_array_new();

        move_words(environment, o->environment_bytes);
        move_words(environment, o->environment);
        o->request->environment = to_strv(environment);
}

/*
 * The properties that polkit is asked about, NULL for none: raw ones, and limits and boxes of another user's
 * job, whose program could be misled by a view of the system, or a shortage, that its caller has made up.
 */
static char *describe_properties(const JobRequest *request, bool other, size_t max) {
        g_autoptr(GVariant) properties = job_request_properties(request, other);

        return properties ? raw_properties_describe(properties, max) : NULL;
}

/* They must fit into the question. */
static int check_properties(const JobRequest *request, bool other, sd_bus_error *error) {
        g_autofree char *text = describe_properties(request, other, 2 * PROPERTIES_ASKED_MAX);

        if (!text || strlen(text) <= PROPERTIES_ASKED_MAX)
                return 0;
        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                          "Properties: more than %u bytes when they are written out", PROPERTIES_ASKED_MAX);
}

/* What an unprivileged caller may not have, whatever polkit says. */
static int check_rights(const JobRequest *request, const Caller *caller, bool other, sd_bus_error *error) {
        g_autofree char *why = NULL;

        if (caller->uid == 0)
                return 0;
        why = job_values_complain_to_user(request->values);
        if (why)
                return error_setf(error, -JOBD_E_ACCESS_DENIED, "%s", why);
        return check_properties(request, other, error);
}

/* *ret_other: it is to run as another user or group. */
static int settle(StartOptions *o, const Caller *caller, bool *ret_other, sd_bus_error *error) {
        int r = settle_command(o, error);

        if (r >= 0)
                r = start_settle_identity(o, caller, ret_other, error);
        if (r < 0)
                return r;
        r = start_settle_tasks(o, *ret_other, caller->uid == 0, error);
        if (r < 0)
                return r;
        settle_environment(o);
        if (!o->request->directory)
                o->request->directory = g_strdup("~"); /* jobd-exec knows where that is */
        return check_rights(o->request, caller, *ret_other, error);
}

static AuthzAction needed_actions(uid_t uid, const ProcessFacts *process, bool other, bool properties) {
        bool free = user_is_regular(uid) && !process->box;
        AuthzAction identity = other ? AUTHZ_START_AS : free ? AUTHZ_START : 0;

        return identity | (free ? 0 : AUTHZ_START_CONFINED) | (properties ? AUTHZ_SET_PROPERTIES : 0);
}

/* How a refusal begins: with what was compared. */
static char *describe_refusal(const JobRequest *request, const Caller *caller, const ProcessFacts *process,
                              AuthzAction actions) {
        GString *text = g_string_new("The job cannot be started");

        if (actions & AUTHZ_START_CONFINED)
                g_string_append_printf(text, " by a confined process (%s, uid %u)",
                                       process->box ? process->box : "its user is no regular one",
                                       caller->uid);
        if (actions & AUTHZ_START_AS) {
                g_autofree char *user = user_dup_name(request->uid), *asker = user_dup_name(caller->uid);
                g_autofree char *group = request->gid == GID_INVALID ? NULL : group_dup_name(request->gid);

                g_string_append_printf(text, " as %s%s%s (the caller is %s, uid %u%s)", user,
                                       group ? ":" : "", group ? group : "", asker, caller->uid,
                                       request->uid == caller->uid ? ", who is not in that group" : "");
        }
        if (actions & AUTHZ_SET_PROPERTIES)
                g_string_append(text, actions & AUTHZ_START_AS
                                                      ? " with limits, boxes or unit properties that are "
                                                        "not its user's own"
                                                      : " with raw unit properties, whatever they are");
        return g_string_free(text, FALSE);
}

static void add_detail(GPtrArray *details, const char *key, char *taken) {
        g_ptr_array_add(details, g_strdup(key));
        g_ptr_array_add(details, taken);
}

/* Takes `properties`. */
static char **compose_details(const JobRequest *request, const Caller *caller, char *properties) {
        GPtrArray *details = g_ptr_array_new();
        g_autofree char *user = user_dup_name(request->uid),
                        *group = request->gid == GID_INVALID ? NULL : group_dup_name(request->gid);

        add_detail(details, "program", quote_value(request->argv[0]));
        add_detail(details, "command", job_request_describe(request, COMMAND_ASKED_MAX));
        add_detail(details, "directory", quote_value(request->directory));
        add_detail(details, "user", g_strdup(user));
        add_detail(details, "uid", g_strdup_printf("%u", request->uid));
        add_detail(details, "owner", user_dup_name(caller->uid));
        add_detail(details, "identity", group ? g_strdup_printf("%s:%s", user, group) : g_strdup(user));
        if (group)
                add_detail(details, "group", g_steal_pointer(&group));
        if (properties)
                add_detail(details, "properties", properties);
        return to_strv(details);
}

/* 1: go on. 0: polkit is asked. */
static int authorize(BusServer *server, sd_bus_message *call, const StartOptions *o, const Caller *caller,
                     bool other, sd_bus_error *error) {
        const JobRequest *request = o->request;
        gsize size = request->properties ? g_variant_get_size(request->properties) : 0;
        g_autoptr(sd_bus_message) kept = NULL;
        g_auto(GStrv) details = NULL;
        g_autofree char *what = NULL;
        AuthzAction actions;
        ProcessFacts process;
        char *properties;
        int r;

        if (caller->uid == 0)
                return 1;
        r = backlog_keep(server->backlog, call, &kept);
        if (r < 0)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "The call is too large");
        process = process_look(caller->pid, caller->process, caller->uid, caller->connected);
        properties = describe_properties(request, other, PROPERTIES_ASKED_MAX);
        details = compose_details(request, caller, properties);
        actions = needed_actions(caller->uid, &process, other, properties);
        what = describe_refusal(request, caller, &process, actions);
        return authz_check(server->authz, kept,
                           &(AuthzRequest){
                                           .uid = caller->uid,
                                           .pid = caller->pid,
                                           .start_time = process.start_time,
                                           .actions = actions,
                                           .details = details,
                                           .what = what,
                                           .size = HELD_CALL_SIZE + o->size + size,
                                           .n_fds = request->standard_input >= 0,
                           },
                           error);
}

/* As another user or group a job has another's limits, and these are not his; who logged in stays the
 * same. */
static ExecLimits *take_limits(const Caller *caller, const JobRequest *request, bool other) {
        g_autofree ExecLimits *limits = g_new(ExecLimits, 1);

        if (process_limits_look(caller->pid, caller->process, limits) < 0)
                return NULL;
        if (other)
                process_limits_forget(limits);
        process_limits_set_aside(limits, request);
        return g_steal_pointer(&limits);
}

int bus_method_start_job(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        g_auto(StartOptions) o = { .request = job_request_new() };
        BusServer *server = userdata;
        const Caller *caller;
        bool other;
        Job *job;
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = start_options_read(call, &o, error);
        if (r >= 0)
                r = settle(&o, caller, &other, error);
        /* before a question, and again after its answer: nobody is asked for what there is no room for */
        if (r >= 0)
                r = jobs_check_limits(server->jobs, o.request, o.tasks ? 1 + o.tasks->len : 1, caller->uid,
                                      error);
        if (r < 0)
                return bus_refuse(server, call, r, error);
        /* before it is looked whether that process still lives */
        o.request->limits = take_limits(caller, o.request, other);
        r = authorize(server, call, &o, caller, other, error);
        if (r <= 0)
                return r < 0 ? bus_refuse(server, call, r, error) : 1;

        if (o.tasks)
                r = jobs_accept_family(server->jobs, g_steal_pointer(&o.request), o.tasks, o.throttle,
                                       caller->uid, &job, error);
        else
                r = jobs_accept(server->jobs, g_steal_pointer(&o.request), caller->uid, &job, error);
        if (r < 0 && !sd_bus_error_is_set(error))
                r = error_set(error, r);
        if (r < 0)
                return bus_refuse(server, call, r, error);
        r = sd_bus_reply_method_return(call, "o", job_id_path(job->id).text);
        /* accepted is accepted, also if the caller cannot be told; its signals come after the reply */
        bus_job_added(server, job);
        jobs_launch(server->jobs, job);
        return r;
}
