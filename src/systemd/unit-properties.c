/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/dict.h"
#include "systemd/unit-internal.h"

typedef int (*ReadProperty)(Unit *unit, sd_bus_message *m);

static int read_string(sd_bus_message *m, const char **ret) {
        return sd_bus_message_read(m, "v", "s", ret);
}

static int read_active_state(Unit *unit, sd_bus_message *m) {
        const char *word;
        int r = read_string(m, &word);

        if (r >= 0)
                g_strlcpy(unit->active_state, word, sizeof(unit->active_state));
        return r;
}

static int read_load_state(Unit *unit, sd_bus_message *m) {
        const char *word;
        int r = read_string(m, &word);

        if (r >= 0)
                unit->loaded = strcmp(word, "not-found") != 0;
        return r;
}

static int read_description(Unit *unit, sd_bus_message *m) {
        const char *text;
        int r = read_string(m, &text);

        if (r >= 0) {
                const char *parenthesis = strrchr(text, '(');

                unit->ours = parenthesis && g_str_has_prefix(parenthesis + 1, unit->uuid);
        }
        return r;
}

static int read_job(Unit *unit, sd_bus_message *m) {
        const char *path;
        uint32_t id;
        int r = sd_bus_message_read(m, "v", "(uo)", &id, &path);

        if (r >= 0)
                unit->has_job = id != 0;
        return r;
}

static int read_result(Unit *unit, sd_bus_message *m) {
        const char *word;
        int r = read_string(m, &word);

        if (r >= 0)
                g_strlcpy(unit->end.result, word, sizeof(unit->end.result));
        return r;
}

static int read_main_pid(Unit *unit, sd_bus_message *m) {
        uint32_t pid;
        int r = sd_bus_message_read(m, "v", "u", &pid);

        if (r >= 0 && pid > 0)
                unit->main_pid = (pid_t) pid;
        return r;
}

static int read_main_code(Unit *unit, sd_bus_message *m) {
        return sd_bus_message_read(m, "v", "i", &unit->end.main_code);
}

static int read_main_status(Unit *unit, sd_bus_message *m) {
        return sd_bus_message_read(m, "v", "i", &unit->end.main_status);
}

static const struct {
        const char *name;
        ReadProperty read;
} properties[] = {
        { "ActiveState", read_active_state },
        { "LoadState", read_load_state },
        { "Description", read_description },
        { "Job", read_job },
        { "Result", read_result },
        { "ExecMainPID", read_main_pid },
        { "ExecMainCode", read_main_code },
        { "ExecMainStatus", read_main_status },
};

static int read_one(sd_bus_message *m, const char *name, void *userdata) {
        for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
                if (strcmp(properties[i].name, name) == 0)
                        return properties[i].read(userdata, m);
        return sd_bus_message_skip(m, "v");
}

int unit_read_properties(Unit *unit, sd_bus_message *m) {
        return dict_read(m, read_one, unit);
}
