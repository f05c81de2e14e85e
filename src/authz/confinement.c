/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "authz/confinement.h"
#include "authz/proc-file.h"
#include "base/cleanup.h"

/* Whoever makes a mount namespace decides how long its table is. The root stands among the first lines. */
#define MOUNT_LINES_MAX 4096U

/* As of PID 1 and of the process. */
typedef struct Pair {
        const char *process;
        const char *system_status, *status;
} Pair;

static bool number_in(const char *status, const char *field, int base, uint64_t *ret) {
        g_autofree char *value = proc_status_value(status, field);

        return value && g_ascii_string_to_unsigned(value, (guint) base, 0, UINT64_MAX, ret, NULL);
}

static bool more(const Pair *pair, const char *field, int base) {
        uint64_t system, own;

        return !number_in(pair->system_status, field, base, &system) ||
               !number_in(pair->status, field, base, &own) || own > system;
}

static bool no_new_privileges(const Pair *pair) {
        return more(pair, "NoNewPrivs", 10);
}

/* Filters are inherited, and only added to. A kernel before 5.9 counts none: there one more cannot be
 * seen. */
static bool filters(const Pair *pair) {
        uint64_t mode;

        if (!strstr(pair->system_status, "\nSeccomp:"))
                return false;
        if (strstr(pair->system_status, "\nSeccomp_filters:"))
                return more(pair, "Seccomp", 10) || more(pair, "Seccomp_filters", 10);
        return !number_in(pair->status, "Seccomp", 10, &mode) || mode != 0;
}

static bool capabilities(const Pair *pair) {
        uint64_t system, own;

        return !number_in(pair->system_status, "CapBnd", 16, &system) ||
               !number_in(pair->status, "CapBnd", 16, &own) || (system & ~own) != 0;
}

/* A process has a number in each namespace that it is in; what is not below jobd's is not seen at all. */
static bool pid_namespace(const Pair *pair) {
        g_autofree char *system = proc_status_value(pair->system_status, "NSpid"),
                        *own = proc_status_value(pair->status, "NSpid");

        return !system || !own || !!strchr(system, '\t') || !!strchr(own, '\t');
}

static bool same_file(const char *process, const char *name) {
        g_autofree char *system = proc_read("1", name), *own = proc_read(process, name);

        return system && own && strcmp(system, own) == 0;
}

static bool user_namespace(const Pair *pair) {
        return !same_file(pair->process, "uid_map") || !same_file(pair->process, "gid_map");
}

/* Each network namespace has a tree of its own below net, with inodes of its own. */
static bool network_namespace(const Pair *pair) {
        g_autofree char *path = g_strdup_printf("/proc/%s/net/dev", pair->process);
        struct stat system, own;

        return stat("/proc/1/net/dev", &system) < 0 || stat(path, &own) < 0 || system.st_ino != own.st_ino ||
               system.st_dev != own.st_dev;
}

/* The mount that a process has at its root. A chroot that is no mount has none there. */
static bool find_root_mount(const char *process, char *ret, size_t size) {
        g_autofree char *path = g_strdup_printf("/proc/%s/mountinfo", process);
        FILE *file = fopen(path, "re");
        g_autofree char *line = NULL;
        size_t allocated = 0;
        char id[32], where[3];
        bool found = false;

        for (unsigned i = 0; file && !found && i < MOUNT_LINES_MAX && getline(&line, &allocated, file) > 0;
             i++)
                if (sscanf(line, "%31s %*u %*u:%*u %*s %2s", id, where) == 2 && strcmp(where, "/") == 0) {
                        (void) g_strlcpy(ret, id, size);
                        found = true;
                }
        if (file)
                (void) fclose(file);
        return found;
}

/* Each mount has a number of its own: another namespace has none of these mounts, only copies. */
static bool root(const Pair *pair) {
        char system[32], own[32];

        return !find_root_mount("1", system, sizeof(system)) ||
               !find_root_mount(pair->process, own, sizeof(own)) || strcmp(system, own) != 0;
}

/* Labels that confine nothing: AppArmor's "unconfined" and profiles in that mode, SELinux's unconfined_t of
 * logins. */
static bool label_is_free(const char *label) {
        g_auto(GStrv) context = g_strsplit(label, ":", 4);

        if (strcmp(label, "unconfined") == 0 ||
            (g_str_has_suffix(label, " (unconfined)") && !strstr(label, "//&")))
                return true;
        return g_strv_length(context) >= 3 && strcmp(context[2], "unconfined_t") == 0;
}

static bool label(const Pair *pair) {
        g_autofree char *system = proc_read("1", "attr/current"),
                        *own = proc_read(pair->process, "attr/current");

        if (!system)
                return false; /* no such security module */
        return !own || (strcmp(own, system) != 0 && !label_is_free(g_strchomp(own)));
}

/* A login has one at least, which is the user's own; jobs have all that the user is in. */
static bool groups(const Pair *pair) {
        g_autofree char *own = proc_status_value(pair->status, "Groups");

        return !own || !own[0];
}

static const struct {
        bool (*confines)(const Pair *pair);
        const char *words;
} boxes[] = {
        { no_new_privileges, "it has NoNewPrivileges" },
        { filters, "it has a system call filter" },
        { capabilities, "its capability bounding set lacks some" },
        { user_namespace, "it is in a user namespace of its own" },
        { pid_namespace, "it is in a PID namespace of its own" },
        { network_namespace, "it is in a network namespace of its own" },
        { root, "it has a root or a mount namespace of its own" },
        { label, "its security label is another than the system's" },
        { groups, "it has given up its groups" },
};

const char *confinement_find(const char *process) {
        g_autofree char *system_status = proc_read("1", "status"), *status = proc_read(process, "status");
        Pair pair = { .process = process, .system_status = system_status, .status = status };

        if (!system_status || !status)
                return "jobd cannot see its process";
        for (size_t i = 0; i < G_N_ELEMENTS(boxes); i++)
                if (boxes[i].confines(&pair))
                        return boxes[i].words;
        return NULL;
}
