/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd/leftovers.h"

#include <string.h>

#include "base/log.h"
#include "base/parse.h"
#include "model/job.h"
#include "systemd/unit-internal.h"

typedef struct Leftover {
        JobId id;
        char uuid[JOBD_UUID_SIZE];
        char *path;
} Leftover;

struct Leftovers {
        sd_bus *bus;
        LeftoversFunc is_over;
        void *userdata;
        GPtrArray *units;  /* of Leftover; the last one is asked about */
        sd_bus_slot *slot; /* of the question under way */
};

static void leftover_free(gpointer p) {
        Leftover *unit = p;

        g_free(unit->path);
        g_free(unit);
}

static void ask_next(Leftovers *leftovers);

/* The name and the description that jobd gives to a job's unit (unit-start.c), and no others. */
static bool is_a_jobs(const char *name, const char *description, Leftover *ret) {
        g_autofree char *expected = NULL;
        const char *parenthesis = strrchr(description, '(');

        if (!parenthesis || job_id_parse(JOB_ID_UNIT, name, &ret->id) < 0)
                return false;
        g_strlcpy(ret->uuid, parenthesis + 1, sizeof(ret->uuid));
        expected = g_strdup_printf("Job %s of jobd (%s)", job_id_label(ret->id).text, ret->uuid);
        return g_uuid_string_is_valid(ret->uuid) && strcmp(description, expected) == 0;
}

static int read_units(Leftovers *leftovers, sd_bus_message *reply) {
        const char *name, *description, *path;
        int r = sd_bus_message_enter_container(reply, 'a', "(ssssssouso)");

        while (r >= 0 && (r = sd_bus_message_read(reply, "(ssssssouso)", &name, &description, NULL, NULL,
                                                  NULL, NULL, &path, NULL, NULL, NULL)) > 0) {
                Leftover unit = {};

                if (is_a_jobs(name, description, &unit)) {
                        unit.path = g_strdup(path);
                        g_ptr_array_add(leftovers->units, g_memdup2(&unit, sizeof(unit)));
                }
        }
        return r;
}

static int on_units(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Leftovers *leftovers = userdata;

        leftovers->slot = sd_bus_slot_unref(leftovers->slot);
        if (error || read_units(leftovers, reply) < 0)
                log_warning("Failed units of finished jobs stay: %s",
                            error ? error->message : "systemd's answer cannot be read");
        ask_next(leftovers);
        return 0;
}

/* What the unit ran was jobd-exec, for that very job. */
static bool ran_the_job(sd_bus_message *reply, const char *uuid) {
        g_autofree char *expected = g_strconcat("--job=", uuid, NULL);
        const char *path, *program, *argument;

        return !sd_bus_message_is_method_error(reply, NULL) &&
               sd_bus_message_enter_container(reply, 'v', "a(sasbttttuii)") > 0 &&
               sd_bus_message_enter_container(reply, 'a', "(sasbttttuii)") > 0 &&
               sd_bus_message_enter_container(reply, 'r', "sasbttttuii") > 0 &&
               sd_bus_message_read(reply, "s", &path) > 0 &&
               sd_bus_message_enter_container(reply, 'a', "s") > 0 &&
               sd_bus_message_read(reply, "s", &program) > 0 &&
               sd_bus_message_read(reply, "s", &argument) > 0 && g_str_has_suffix(path, "/jobd-exec") &&
               strcmp(argument, expected) == 0;
}

static int on_command(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Leftovers *leftovers = userdata;
        Leftover *unit = g_ptr_array_index(leftovers->units, leftovers->units->len - 1);

        leftovers->slot = sd_bus_slot_unref(leftovers->slot);
        if (ran_the_job(reply, unit->uuid) &&
            leftovers->is_over(unit->id, unit->uuid, leftovers->userdata)) {
                log_job(LOG_INFO, unit->id, 0, "its unit, which an earlier jobd had left, is let go");
                (void) sd_bus_call_method_async(leftovers->bus, NULL, SYSTEMD_NAME, SYSTEMD_PATH,
                                                SYSTEMD_MANAGER, "ResetFailedUnit", NULL, NULL, "s",
                                                job_id_unit(unit->id).text);
        }
        g_ptr_array_set_size(leftovers->units, (gint) leftovers->units->len - 1);
        ask_next(leftovers);
        return 0;
}

static void ask_next(Leftovers *leftovers) {
        while (leftovers->units->len > 0) {
                const Leftover *unit = g_ptr_array_index(leftovers->units, leftovers->units->len - 1);

                if (leftovers->is_over(unit->id, unit->uuid, leftovers->userdata) &&
                    sd_bus_call_method_async(leftovers->bus, &leftovers->slot, SYSTEMD_NAME, unit->path,
                                             PROPERTIES, "Get", on_command, leftovers, "ss", SYSTEMD_SERVICE,
                                             "ExecStart") >= 0)
                        return;
                g_ptr_array_set_size(leftovers->units, (gint) leftovers->units->len - 1);
        }
}

int leftovers_new(sd_bus *bus, LeftoversFunc is_over, void *userdata, Leftovers **ret) {
        g_autoptr(Leftovers) leftovers = g_new0(Leftovers, 1);
        int r;

        leftovers->bus = sd_bus_ref(bus);
        leftovers->is_over = is_over;
        leftovers->userdata = userdata;
        leftovers->units = g_ptr_array_new_with_free_func(leftover_free);
        r = sd_bus_call_method_async(bus, &leftovers->slot, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                     "ListUnitsByPatterns", on_units, leftovers, "asas", 1, "failed", 1,
                                     "jobd-*.service");
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&leftovers);
        return 0;
}

void leftovers_free(Leftovers *leftovers) {
        sd_bus_slot_unref(leftovers->slot);
        g_ptr_array_unref(leftovers->units);
        sd_bus_unref(leftovers->bus);
        g_free(leftovers);
}
