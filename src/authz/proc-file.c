/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "authz/proc-file.h"

char *proc_read(const char *process, const char *name) {
        g_autofree char *path = g_strdup_printf("/proc/%s/%s", process, name);
        char *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

char *proc_status_value(const char *status, const char *field) {
        g_autofree char *begin = g_strdup_printf("\n%s:", field);
        const char *line = strstr(status, begin);

        if (!line)
                return NULL;
        line += strlen(begin);
        return g_strstrip(g_strndup(line, strcspn(line, "\n")));
}

char *proc_stat_field(const char *stat, unsigned field) {
        const char *end = strrchr(stat, ')');
        g_auto(GStrv) fields = end ? g_strsplit(end + 1, " ", (int) field) : NULL;

        /* the third is behind a blank */
        return fields && g_strv_length(fields) > field - 2 ? g_strdup(fields[field - 2]) : NULL;
}
