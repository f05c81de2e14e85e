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

static int help(const Ctl *c) {
        g_autoptr(GString) first = g_string_new(NULL);

        if (!c->no_legend)
                g_string_append(first, "As options of their own:\n");
        for (size_t i = 0; i < G_N_ELEMENTS(same); i++)
                g_string_append_printf(first, "%s  --%s\n", same[i].property, same[i].option);
        if (!c->no_legend)
                g_string_append(first, "\nAs unit properties, which an administrator must allow:\n");
        return unit_properties_help(c, first->str);
}

/* As if the option had been given instead. */
static int take_option(const Ctl *c, Spec *s, const char *name, char *value) {
        g_autoptr(GArray) options = spec_long_options_new(NULL, 0);

        for (guint i = 0; i < options->len; i++) {
                const struct option *option = &g_array_index(options, struct option, i);

                if (strcmp(option->name, name) == 0) {
                        optarg = value;
                        return spec_take_option(c, s, option->val);
                }
        }
        g_assert_not_reached();
}

int spec_take_property(const Ctl *c, Spec *s) {
        char *equals = strchr(optarg, '=');
        int r;

        if (strcmp(optarg, "help") == 0) {
                r = help(c);
                return r == STATUS_OK ? SPEC_ANSWERED : r;
        }
        for (size_t i = 0; equals && i < G_N_ELEMENTS(same); i++)
                if (strlen(same[i].property) == (size_t) (equals - optarg) &&
                    g_str_has_prefix(optarg, same[i].property))
                        return take_option(c, s, same[i].option, equals + 1);
        return unit_properties_take(c, optarg, s->properties);
}
