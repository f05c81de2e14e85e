/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "authz/proc-file.h"
#include "base/cleanup.h"

/* Most of these files are shorter; a status has a line of all groups. */
#define FIRST_SIZE    4096U
#define PROC_SIZE_MAX (1024U * 1024U)

/* Each start of a job reads half a dozen: no call more than it takes. */
char *proc_read(const char *process, const char *name) {
        g_autofree char *path = g_strdup_printf("/proc/%s/%s", process, name), *text = NULL;
        g_auto(Fd) fd = open(path, O_RDONLY | O_CLOEXEC);
        size_t size = FIRST_SIZE, used = 0;
        ssize_t n;

        if (fd < 0)
                return NULL;
        text = g_malloc(size);
        while ((n = read(fd, text + used, size - used - 1)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 || size > PROC_SIZE_MAX)
                        return NULL;
                used += (size_t) n;
                if (used + 1 == size) {
                        size *= 2;
                        text = g_realloc(text, size);
                }
        }
        text[used] = '\0';
        return g_steal_pointer(&text);
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
