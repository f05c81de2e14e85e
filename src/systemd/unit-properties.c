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

static int read_job_id(sd_bus_message *m, bool *ret) {
        const char *path;
        uint32_t id;
        int r = sd_bus_message_read(m, "v", "(uo)", &id, &path);

        if (r >= 0)
                *ret = id != 0;
        return r;
}

static int read_job(Unit *unit, sd_bus_message *m) {
        return read_job_id(m, &unit->has_job);
}

static int read_result(Unit *unit, sd_bus_message *m) {
        const char *word;
        int r = read_string(m, &word);

        if (r >= 0)
                g_strlcpy(unit->now.result, word, sizeof(unit->now.result));
        return r;
}

static int read_freezer(Unit *unit, sd_bus_message *m) {
        const char *word;
        int r = read_string(m, &word);

        if (r < 0)
                return r;
        unit->freezer_moves = g_str_has_prefix(word, "freezing") || strcmp(word, "thawing") == 0;
        if (!unit->freezer_moves)
                unit->frozen = g_str_has_prefix(word, "frozen"); /* by its slice, too */
        return r;
}

static int read_main_pid(Unit *unit, sd_bus_message *m) {
        uint32_t pid;
        int r = sd_bus_message_read(m, "v", "u", &pid);

        if (r < 0 || pid == 0)
                return r;
        if (unit->main_pid == 0)
                unit->main_pid = (pid_t) pid;
        else if (unit->main_pid != (pid_t) pid)
                unit->later_pid = (pid_t) pid;
        return r;
}

static int read_main_code(Unit *unit, sd_bus_message *m) {
        return sd_bus_message_read(m, "v", "i", &unit->now.main_code);
}

static int read_main_status(Unit *unit, sd_bus_message *m) {
        return sd_bus_message_read(m, "v", "i", &unit->now.main_status);
}

static int read_left_active(Unit *unit, sd_bus_message *m) {
        return sd_bus_message_read(m, "v", "t", &unit->left_active);
}

static int read_main_exited(Unit *unit, sd_bus_message *m) {
        return sd_bus_message_read(m, "v", "t", &unit->main_exited);
}

static const struct {
        const char *name;
        ReadProperty read;
} properties[] = {
        { "ActiveState", read_active_state },
        { "LoadState", read_load_state },
        { "Description", read_description },
        { "Job", read_job },
        { "FreezerState", read_freezer },
        { "Result", read_result },
        { "ExecMainPID", read_main_pid },
        { "ExecMainCode", read_main_code },
        { "ExecMainStatus", read_main_status },
        { "ActiveExitTimestampMonotonic", read_left_active },
        { "ExecMainExitTimestampMonotonic", read_main_exited },
};

static int read_one(sd_bus_message *m, const char *name, void *userdata) {
        for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
                if (strcmp(properties[i].name, name) == 0)
                        return properties[i].read(userdata, m);
        return sd_bus_message_skip(m, "v");
}

static int read_only_job(sd_bus_message *m, const char *name, void *userdata) {
        return strcmp(name, "Job") == 0 ? read_job_id(m, userdata) : sd_bus_message_skip(m, "v");
}

int unit_read_has_job(sd_bus_message *m, bool *ret) {
        return dict_read(m, read_only_job, ret);
}

int unit_read_properties(Unit *unit, sd_bus_message *m) {
        return dict_read(m, read_one, unit);
}
