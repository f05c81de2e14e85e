/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "authz/confinement.h"
#include "base/parse.h"

/* A file of /proc/PID: made when it is read, so it never waits for a disk. NULL if the process is gone. */
static char *read_file(const char *process, const char *name) {
        g_autofree char *path = g_strdup_printf("/proc/%s/%s", process, name);
        char *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

/* The `index`-th number of a line of status; false if there is none. The name of the process, which it chooses, stands
 * in there with its line feeds escaped. */
static bool status_number(const char *status, const char *field, guint index, uint32_t *ret) {
        const char *line = strstr(status, field);
        g_auto(GStrv) words = NULL;
        g_autofree char *text = NULL;

        if (!line)
                return false;
        line += strlen(field);
        text = g_strndup(line, strcspn(line, "\n"));
        words = g_strsplit(g_strstrip(text), "\t", -1);
        return g_strv_length(words) > index && parse_u32(words[index], ret) >= 0;
}

static bool status_is_free(const char *status, uid_t uid) {
        uint32_t effective, no_new_privs, seccomp = 0;

        if (!status_number(status, "\nUid:", 1, &effective) || effective != uid)
                return false;
        if (!status_number(status, "\nNoNewPrivs:", 0, &no_new_privs) || no_new_privs != 0)
                return false;
        /* a kernel without filters has no such line */
        return !strstr(status, "\nSeccomp:") ||
               (status_number(status, "\nSeccomp:", 0, &seccomp) && seccomp == 0);
}

bool process_is_confined(pid_t pid, int pidfd, uid_t uid) {
        g_autofree char *status = NULL, *map = NULL, *own_map = NULL;
        char process[16];

        if (pid <= 0 || pidfd < 0)
                return true;
        (void) snprintf(process, sizeof(process), "%i", pid);
        status = read_file(process, "status");
        map = read_file(process, "uid_map");
        own_map = read_file("self", "uid_map");
        if (!status || !map || !own_map || strcmp(map, own_map) != 0 || !status_is_free(status, uid))
                return true;
        /* it lives: what was read is its own */
        return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0 && errno != EPERM;
}
