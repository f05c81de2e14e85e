/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ctl/text/property.h"

void property_json_number(Json *j, const char *name, uint64_t value) {
        bool is_time = name && g_str_has_suffix(name, "Timestamp");

        if (value == UINT64_MAX || (is_time && value == 0))
                json_null(j, name);
        else
                json_u64(j, name, value);
}

void property_json_integer(Json *j, const char *name, int32_t value) {
        static const struct {
                const char *name;
                int32_t none;
        } table[] = { { "ExitCode", -1 }, { "ExitSignal", 0 }, { "ExecErrno", 0 } };

        for (size_t i = 0; name && i < G_N_ELEMENTS(table); i++)
                if (strcmp(table[i].name, name) == 0 && table[i].none == value) {
                        json_null(j, name);
                        return;
                }
        json_i64(j, name, value);
}

void property_json_string(Json *j, const char *name, const char *value) {
        if (name && strcmp(name, "Result") == 0 && value[0] == '\0')
                json_null(j, name);
        else
                json_string(j, name, value);
}
