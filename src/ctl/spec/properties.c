/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ctl/spec/properties.h"
#include "ctl/spec/unit-properties.h"

static const struct {
        const char *property, *option;
} same[] = {
        { "CPUQuota", "cpu-quota" },
        { "CPUWeight", "cpu-weight" },
        { "Group", "gid" },
        { "IOWeight", "io-weight" },
        { "KillSignal", "kill-signal" },
        { "MemoryHigh", "memory-high" },
        { "MemoryMax", "memory-max" },
        { "Nice", "nice" },
        { "NoNewPrivileges", "no-new-privileges" },
        { "PrivateNetwork", "private-network" },
        { "PrivateTmp", "private-tmp" },
        { "ProtectHome", "protect-home" },
        { "ProtectSystem", "protect-system" },
        { "RuntimeMaxSec", "timeout" },
        { "TasksMax", "tasks-max" },
        { "TimeoutStopSec", "stop-timeout" },
        { "UMask", "umask" },
        { "User", "uid" },
        { "WorkingDirectory", "working-directory" },
};

const char *property_option(const char *assignment) {
        const char *equals = strchr(assignment, '=');

        for (size_t i = 0; equals && i < G_N_ELEMENTS(same); i++)
                if (strlen(same[i].property) == (size_t) (equals - assignment) &&
                    g_str_has_prefix(assignment, same[i].property))
                        return same[i].option;
        return NULL;
}

int property_help(const Ctl *c) {
        g_autoptr(GString) first = g_string_new(NULL);

        if (!c->no_legend)
                g_string_append(first, "As options of their own:\n");
        for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
                g_string_append_printf(first, "%s  --%s\n", same[i].property, same[i].option);
        if (!c->no_legend)
                g_string_append(first, "\nAs unit properties, which an administrator must allow:\n");
        return unit_properties_help(c, first->str);
}
