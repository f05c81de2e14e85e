/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "model/unit-settings.h"

#define MIB (UINT64_C(1024) * 1024)

/*
 * Why an unprivileged caller may have each of these, and of the options Nice, RuntimeMaxUSec and
 * StopTimeoutUSec, which have fields of their own in JobRequest:
 *
 * None has a path or a name as its value: whatever is opened, PID 1 opens what it always opens, before it
 * changes to the job's user, and never anything that the caller chose.
 *
 * Limits stand in the unit's cgroup, whose files are root's, below jobd-<uid>.slice. The kernel applies
 * every limit on the way up: what a job has beyond its slice's it does not get. A weight counts among the
 * jobs of one user only.
 *
 *   Nice             0 and above without asking (bus/start-job.c): as setpriority(2) lets everybody
 *   RuntimeMaxUSec   ends the caller's own job
 *   StopTimeoutUSec  at most 5 min (bus/start-job.c): a shutdown waits that long
 *
 * Boxes take away. What they could give is a set-uid program that is misled by a view of the system that its
 * user has made up: an empty /tmp, no network, a read-only /etc. So each comes with NoNewPrivileges, under
 * which a set-uid program is one like any other; whoever wants a box without that needs raw properties, and
 * is asked for.
 */
const UnitSetting unit_settings[_UNIT_SETTING_MAX] = {
        /* memory.high: throttled and reclaimed earlier than the slice would; not so that nothing can begin:
         * see CPU_QUOTA. */
        [UNIT_SETTING_MEMORY_HIGH] = { "MemoryHigh", "t", .controller = "memory", .min = 1,
                                       .max = UINT64_MAX, .user_min = 4 * MIB },
        /* memory.max: the job's own processes are killed, and nobody else's. */
        [UNIT_SETTING_MEMORY_MAX] = { "MemoryMax", "t", .controller = "memory", .min = 1,
                                      .max = UINT64_MAX },
        /* pids.max: may be more than systemd's DefaultTasksMax, which is a default; the slice's holds. */
        [UNIT_SETTING_TASKS_MAX] = { "TasksMax", "t", .controller = "pids", .min = 1, .max = UINT64_MAX },
        /* cpu.weight: takes from the same user's other jobs alone. 0, "idle", is left out: IOWeight has
         * none. Not 1 beside 10000: see CPU_QUOTA. */
        [UNIT_SETTING_CPU_WEIGHT] = { "CPUWeight", "t", .controller = "cpu", .min = 1, .max = 10000,
                                      .user_min = 10, .user_max = 1000 },
        /* cpu.max: less than there is, or what there is. Not less than 1%, though systemd would take it:
         * since version 256 it starts a process inside of its cgroup and waits, with everything else, until
         * that has executed. */
        [UNIT_SETTING_CPU_QUOTA] = { "CPUQuotaPerSecUSec", "t", .controller = "cpu", .min = 10000,
                                     .max = UINT64_MAX },
        /* io.weight: as cpu.weight. */
        [UNIT_SETTING_IO_WEIGHT] = { "IOWeight", "t", .controller = "io", .min = 1, .max = 10000,
                                     .user_min = 10, .user_max = 1000 },
        /* prctl(2), which everybody may call. False is the default and takes nothing off: jobd-exec inherits
         * none. */
        [UNIT_SETTING_NO_NEW_PRIVILEGES] = { .name = "NoNewPrivileges", .type = "b" },
        /* A new network namespace that has "lo" alone; the user gets no capability in it. Unix sockets in
         * the file system stay reachable, as jobd-exec needs, and their owners check who connects. */
        [UNIT_SETTING_PRIVATE_NETWORK] = { "PrivateNetwork", "b", .is_box = true },
        /* PID 1 makes two directories of its own, root's and not to be entered by others, and removes them
         * at the end: the names are random, the files in them the user's, on the same file systems and in
         * the same quotas. */
        [UNIT_SETTING_PRIVATE_TMP] = { "PrivateTmp", "b", .is_box = true },
        /* Fixed paths are mounted read-only; permissions stay what they were. */
        [UNIT_SETTING_PROTECT_SYSTEM] = { "ProtectSystem", "s", .words = { "no", "yes", "full", "strict" },
                                          .is_box = true },
        /* Fixed paths (/home, /root, /run/user) are hidden, read-only, or empty. */
        [UNIT_SETTING_PROTECT_HOME] = { "ProtectHome", "s", .words = { "no", "yes", "read-only", "tmpfs" },
                                        .is_box = true },
};

const UnitSetting *unit_setting_find(const char *name) {
        for (size_t i = 0; i < _UNIT_SETTING_MAX; i++)
                if (strcmp(unit_settings[i].name, name) == 0)
                        return &unit_settings[i];
        return NULL;
}

static char *complain_of_number(const UnitSetting *setting, uint64_t n) {
        if (n >= setting->min && n <= setting->max)
                return NULL;
        if (setting->max == UINT64_MAX)
                return g_strdup_printf("%" G_GUINT64_FORMAT " is less than %" G_GUINT64_FORMAT, n,
                                       setting->min);
        return g_strdup_printf("%" G_GUINT64_FORMAT " is not between %" G_GUINT64_FORMAT
                               " and %" G_GUINT64_FORMAT,
                               n, setting->min, setting->max);
}

static char *complain_of_word(const UnitSetting *setting, const char *word) {
        for (size_t i = 0; i < UNIT_SETTING_WORDS_MAX; i++)
                if (strcmp(setting->words[i], word) == 0)
                        return NULL;
        return g_strdup_printf("'%.32s' is none of %s, %s, %s, %s", word, setting->words[0],
                               setting->words[1], setting->words[2], setting->words[3]);
}

char *unit_setting_complain(const UnitSetting *setting, GVariant *value) {
        if (strcmp(g_variant_get_type_string(value), setting->type) != 0)
                return g_strdup_printf("its type is %s, not %s", setting->type,
                                       g_variant_get_type_string(value));
        switch (setting->type[0]) {
        case 't':
                return complain_of_number(setting, g_variant_get_uint64(value));
        case 's':
                return complain_of_word(setting, g_variant_get_string(value, NULL));
        default:
                return NULL;
        }
}

char *unit_settings_complain_to_user(GVariant *const settings[static _UNIT_SETTING_MAX]) {
        for (size_t i = 0; i < _UNIT_SETTING_MAX; i++) {
                const UnitSetting *setting = &unit_settings[i];
                uint64_t n;

                if (!settings[i] || setting->user_min == 0)
                        continue;
                n = g_variant_get_uint64(settings[i]);
                if (n < setting->user_min)
                        return g_strdup_printf("%s %" G_GUINT64_FORMAT
                                               ": only root may go below %" G_GUINT64_FORMAT,
                                               setting->name, n, setting->user_min);
                if (setting->user_max > 0 && n > setting->user_max)
                        return g_strdup_printf("%s %" G_GUINT64_FORMAT
                                               ": only root may go above %" G_GUINT64_FORMAT,
                                               setting->name, n, setting->user_max);
        }
        return NULL;
}

static bool changes_nothing(const UnitSetting *setting, GVariant *value) {
        if (setting->type[0] == 'b')
                return !g_variant_get_boolean(value);
        return strcmp(g_variant_get_string(value, NULL), setting->words[0]) == 0;
}

const char *unit_settings_find_box(GVariant *const settings[static _UNIT_SETTING_MAX]) {
        for (size_t i = 0; i < _UNIT_SETTING_MAX; i++)
                if (unit_settings[i].is_box && settings[i] &&
                    !changes_nothing(&unit_settings[i], settings[i]))
                        return unit_settings[i].name;
        return NULL;
}
