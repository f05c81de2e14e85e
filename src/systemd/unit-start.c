/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>

#include "base/user.h"
#include "base/variant.h"
#include "systemd/unit-internal.h"

/*
 * The properties of a job's unit. What a user chose and must not be read by others is not among them: it is
 * in the spec.
 */

static int append_exec(sd_bus_message *m, const UnitSettings *settings) {
        char argument[64];

        (void) snprintf(argument, sizeof(argument), "--job=%s", settings->uuid);
        return sd_bus_message_append(m, "(sv)", "ExecStart", "a(sasb)", 1, settings->exec_path, 2,
                                     "jobd-exec", argument, 0);
}

static int append_identity(sd_bus_message *m, const UnitSettings *settings) {
        char text[96], uid[16], gid[16], slice[48];
        int r;

        (void) snprintf(text, sizeof(text), "Job %s of jobd (%s)", job_id_label(settings->id).text,
                        settings->uuid);
        (void) snprintf(uid, sizeof(uid), "%u", settings->uid);
        (void) snprintf(slice, sizeof(slice), "jobd-%u.slice", settings->uid);
        r = sd_bus_message_append(m, "(sv)(sv)(sv)", "Description", "s", text, "User", "s", uid, "Slice",
                                  "s", slice);
        if (r >= 0 && settings->gid != GID_INVALID) {
                (void) snprintf(gid, sizeof(gid), "%u", settings->gid);
                r = sd_bus_message_append(m, "(sv)", "Group", "s", gid);
        }
        if (r < 0)
                return r;
        /* Ordering alone: a job does not pull jobd in, nor stop with it. Whatever stops them together, a
         * shutdown say, stops the job first, whose last words are for journald. Not after journald itself:
         * see there. */
        return sd_bus_message_append(m, "(sv)", "After", "as", 1, "jobd-base.target");
}

/* OOMPolicy: the kernel kills one process, the largest; "kill" would take jobd-exec with it, and the output
 * that it has yet to send, "continue" would leave the rest of the job running. The system's default may be
 * either. */
static int append_behaviour(sd_bus_message *m, const UnitSettings *settings) {
        int r;

        r = sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)(sv)(sv)", "Type", "s", "exec", "KillMode", "s",
                                  "control-group", "IgnoreSIGPIPE", "b", 0, "NotifyAccess", "s", "none",
                                  "CollectMode", "s", "inactive", "AddRef", "b", 1, "OOMPolicy", "s",
                                  "stop");
        if (r < 0)
                return r;
        return sd_bus_message_append(m, "(sv)(sv)(sv)", "StandardInputFileDescriptor", "h",
                                     settings->spec_fd, "StandardOutputFileDescriptor", "h",
                                     settings->control_fd, "StandardErrorFileDescriptor", "h",
                                     settings->input_fd);
}

/* The name and variant of one property: a struct in a(sv). */
static int append_value(sd_bus_message *m, const char *name, const char *type, GVariant *value) {
        int r = sd_bus_message_open_container(m, 'r', "sv");

        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        if (r >= 0)
                r = variant_append(m, value);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_values(sd_bus_message *m, GVariant *const *values) {
        int r = 0;

        for (JobOptionId id = 0; r >= 0 && id < _JOB_OPTION_MAX; id++) {
                const JobOption *option = &job_options[id];
                g_autoptr(GVariant) value = NULL;

                if (!option->property || !(values[id] || option->is_always_set))
                        continue;
                value = option->is_signal ? g_variant_ref_sink(g_variant_new_int32(
                                                            job_values_signal(values, id)))
                                          : job_values_dup(values, id);
                r = append_value(m, option->property, g_variant_get_type_string(value), value);
        }
        return r;
}

static int append_raw(sd_bus_message *m, GVariant *properties) {
        for (gsize i = 0; properties && i < g_variant_n_children(properties); i++) {
                g_autoptr(GVariant) property = g_variant_get_child_value(properties, i);
                int r = variant_append(m, property);

                if (r < 0)
                        return r;
        }
        return 0;
}

int unit_compose_start(sd_bus *bus, const char *name, const UnitSettings *settings, sd_bus_message **ret) {
        g_autoptr(sd_bus_message) m = NULL;
        int r;

        r = sd_bus_message_new_method_call(bus, &m, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                           "StartTransientUnit");
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", name, "fail");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "(sv)");
        if (r >= 0) /* first: of two values of one property systemd takes the last */
                r = append_raw(m, settings->properties);
        if (r >= 0)
                r = append_values(m, settings->values);
        if (r >= 0)
                r = append_identity(m, settings);
        if (r >= 0)
                r = append_behaviour(m, settings);
        if (r >= 0)
                r = append_exec(m, settings);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a(sa(sv))", 0);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&m);
        return 0;
}
