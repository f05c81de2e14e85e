/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "authz/process.h"
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

static bool status_is_free(const char *status) {
        uint32_t no_new_privs, seccomp = 0;

        if (!status_number(status, "\nNoNewPrivs:", 0, &no_new_privs) || no_new_privs != 0)
                return false;
        /* a kernel without filters has no such line */
        return !strstr(status, "\nSeccomp:") ||
               (status_number(status, "\nSeccomp:", 0, &seccomp) && seccomp == 0);
}

/* The 22nd field; the second, the process's name for itself, may have anything in it but is the last in brackets. */
static uint64_t stat_start_time(const char *stat) {
        const char *end = strrchr(stat, ')');
        g_auto(GStrv) fields = end ? g_strsplit(end + 1, " ", 22) : NULL;
        uint64_t ticks = 0;

        if (!fields || g_strv_length(fields) < 22 || parse_u64(fields[20], &ticks) < 0)
                return 0;
        return ticks;
}

static bool is_alive(int pidfd) {
        return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) >= 0 || errno == EPERM;
}

ProcessFacts process_look(pid_t pid, int pidfd, uid_t uid) {
        g_autofree char *status = NULL, *stat = NULL, *map = NULL, *own_map = NULL;
        ProcessFacts facts = { .confined = true };
        uint32_t real, effective;
        char process[16];

        if (pid <= 0 || pidfd < 0)
                return facts;
        (void) snprintf(process, sizeof(process), "%i", pid);
        status = read_file(process, "status");
        stat = read_file(process, "stat");
        map = read_file(process, "uid_map");
        own_map = read_file("self", "uid_map");
        /* if it lives, what was read is its own */
        if (!status || !stat || !map || !own_map || !is_alive(pidfd) ||
            !status_number(status, "\nUid:", 0, &real) || !status_number(status, "\nUid:", 1, &effective) ||
            effective != uid)
                return facts;
        facts.confined = strcmp(map, own_map) != 0 || !status_is_free(status);
        facts.start_time = real == uid ? stat_start_time(stat) : 0;
        return facts;
}
