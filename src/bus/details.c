/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/dict.h"
#include "base/user.h"
#include "base/variant.h"
#include "bus/internal.h"
#include "model/raw-properties.h"
#include "systemd/controllers.h"
#include "wire/names.h"

/* GetDetails: what only the owner may see. */

/* Of all in the answer that is not in the size of the job's record, or written at greater length. */
#define SETTINGS_SIZE (64U * 1024U)

static int append_words(sd_bus_message *reply, const char *name, char *const *words, bool names_only) {
        int r;

        r = dict_open_entry(reply, name, "aay");
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "ay");
        for (char *const *w = words; r >= 0 && *w; w++)
                r = sd_bus_message_append_array(reply, 'y', *w, names_only ? strcspn(*w, "=") : strlen(*w));
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : dict_close_entry(reply);
}

static int append_bytes(sd_bus_message *reply, const char *name, const char *bytes) {
        int r;

        r = dict_open_entry(reply, name, "ay");
        if (r >= 0)
                r = sd_bus_message_append_array(reply, 'y', bytes, strlen(bytes));
        return r < 0 ? r : dict_close_entry(reply);
}

static int append_variant(sd_bus_message *reply, const char *name, GVariant *value) {
        int r;

        if (!value)
                return 0;
        r = dict_open_entry(reply, name, g_variant_get_type_string(value));
        if (r >= 0)
                r = variant_append(reply, value);
        return r < 0 ? r : dict_close_entry(reply);
}

static int append_values(sd_bus_message *reply, const JobRequest *request) {
        int r = append_variant(reply, "Properties", request->properties);

        for (JobOptionId id = 0; r >= 0 && id < _JOB_OPTION_MAX; id++) {
                g_autoptr(GVariant) value = NULL;

                if (!request->values[id] && !job_options[id].is_told)
                        continue;
                value = job_values_dup(request->values, id);
                r = append_variant(reply, job_options[id].name, value);
        }
        return r;
}

/* Some properties are given several times, each for another device. */
static void add_not_enforced(GPtrArray *names, const char *name, const char *controller) {
        if (controller && !controllers_have(JOBD_CGROUP_ROOT, controller) &&
            !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, (gpointer) name);
}

/* Those that are given, and that nothing on this machine holds. */
static int append_not_enforced(sd_bus_message *reply, const JobRequest *request) {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        GVariantIter iter;
        const char *name;
        int r;

        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                if (request->values[i])
                        add_not_enforced(names, job_options[i].name, job_options[i].controller);
        if (request->properties) {
                g_variant_iter_init(&iter, request->properties);
                while (g_variant_iter_next(&iter, "(&sv)", &name, NULL))
                        add_not_enforced(names, name, raw_property_controller(name));
        }
        if (names->len == 0)
                return 0;
        g_ptr_array_add(names, NULL);
        r = dict_open_entry(reply, "NotEnforced", "as");
        if (r >= 0)
                r = sd_bus_message_append_strv(reply, (char **) names->pdata);
        return r < 0 ? r : dict_close_entry(reply);
}

static int append_request(sd_bus_message *reply, const JobRequest *request, const char *command) {
        int r;

        r = sd_bus_message_append(reply, "{sv}", "Command", "s", command);
        if (r >= 0)
                r = append_words(reply, "CommandBytes", request->argv, false);
        if (r >= 0)
                r = append_bytes(reply, "WorkingDirectory", request->directory);
        if (r >= 0)
                r = append_words(reply, "EnvironmentNames", request->environment, true);
        if (r >= 0 && request->gid != GID_INVALID) {
                g_autofree char *group = group_dup_name(request->gid);

                r = sd_bus_message_append(reply, "{sv}", "Group", "s", group);
        }
        return r;
}

static int append_job(sd_bus_message *reply, const Job *job) {
        if (job->stop_requested && job->stopped_by != UID_INVALID) {
                int r = sd_bus_message_append(reply, "{sv}", "StopRequestedBy", "u", job->stopped_by);

                if (r < 0)
                        return r;
        }
        if (job->family) /* no positions lead into the output of several */
                return sd_bus_message_append(reply, "{sv}", "UnreadBytes", "t", job_output(job).unread);
        return sd_bus_message_append(reply, "{sv}{sv}{sv}", "UnreadBytes", "t", job->output.unread,
                                     "OutputBegin", "t", job->output.begin, "OutputEnd", "t",
                                     job->output.end);
}

int bus_method_get_details(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        BusServer *server = bus_server_of(call);
        g_autoptr(sd_bus_message) reply = NULL;
        g_autoptr(JobRequest) loaded = NULL;
        g_autofree char *command = NULL;
        Job *job = userdata;
        const Caller *caller;
        int r;

        r = options_refuse_all(call, error);
        if (r < 0)
                return r;
        r = bus_authorize(server, call, job, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!job_has_words(job)) {
                r = jobs_load_request(server->jobs, job, &loaded);
                if (r < 0)
                        return error_setf(error, r, "The record of job %s cannot be read: %s",
                                          job_id_label(job->id).text, g_strerror(-r));
        }

        command = job_request_describe(loaded ? loaded : job->request, SIZE_MAX);
        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{sv}");
        if (r >= 0)
                r = append_request(reply, loaded ? loaded : job->request, command);
        if (r >= 0)
                r = append_values(reply, loaded ? loaded : job->request);
        if (r >= 0)
                r = append_not_enforced(reply, loaded ? loaded : job->request);
        if (r >= 0)
                r = append_job(reply, job);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r
                     : bus_send_large(server, call, reply,
                                      job->record_size + strlen(command) + SETTINGS_SIZE);
}
