/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/strays.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "exec/cgroup.h"

#define DESCENDANTS_MAX 65536U /* beyond, they are not looked at */
#define KILL_ROUNDS     16

typedef struct Process {
        pid_t pid, parent;
        char state;
        unsigned long long start; /* with the number it names the process */
} Process;

typedef struct Processes {
        Process *all;
        size_t n, allocated;
} Processes;

static bool read_process(pid_t pid, Process *ret) {
        char name[32], text[512];
        const char *fields;
        ssize_t n;
        int fd;

        (void) snprintf(name, sizeof(name), "/proc/%d/stat", (int) pid);
        fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        n = read(fd, text, sizeof(text) - 1);
        (void) close(fd);
        if (n <= 0)
                return false;
        text[n] = '\0';
        *ret = (Process){ .pid = pid };
        /* the name stands in brackets, and may have some itself */
        fields = strrchr(text, ')');
        return fields != NULL &&
               sscanf(fields,
                      ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                      &ret->state, &ret->parent, &ret->start) == 3;
}

static bool is_still(const Process *process) {
        Process now;

        return read_process(process->pid, &now) && now.start == process->start;
}

static bool add(Processes *processes, const Process *process) {
        if (processes->n == processes->allocated) {
                size_t allocated = 2 * processes->allocated + 64;
                Process *all = processes->n >= DESCENDANTS_MAX
                                               ? NULL
                                               : realloc(processes->all, allocated * sizeof(*all));

                if (all == NULL)
                        return false;
                processes->all = all;
                processes->allocated = allocated;
        }
        processes->all[processes->n++] = *process;
        return true;
}

/* The children that one thread has forked. */
static void add_children(Processes *processes, pid_t parent, const char *thread) {
        char name[64];
        Process child;
        FILE *file;
        int pid;

        (void) snprintf(name, sizeof(name), "/proc/%d/task/%.16s/children", (int) parent, thread);
        file = fopen(name, "re");
        if (file == NULL)
                return;
        while (fscanf(file, "%d", &pid) == 1)
                if (read_process((pid_t) pid, &child) && child.parent == parent && !add(processes, &child))
                        break;
        (void) fclose(file);
}

static void add_all_children(Processes *processes, const Process *parent) {
        size_t before = processes->n;
        char name[32];
        struct dirent *entry;
        DIR *threads;

        (void) snprintf(name, sizeof(name), "/proc/%d/task", (int) parent->pid);
        threads = opendir(name);
        while (threads != NULL && (entry = readdir(threads)) != NULL)
                if (entry->d_name[0] != '.')
                        add_children(processes, parent->pid, entry->d_name);
        if (threads != NULL)
                (void) closedir(threads);
        if (!is_still(parent)) /* they are another's, or ours by now */
                processes->n = before;
}

static void keep(Strays *strays, const Process *process, const char *path) {
        int fd;

        if (process->state == 'Z' || cgroup_has(process->pid, path))
                return;
        fd = (int) syscall(SYS_pidfd_open, process->pid, 0);
        if (fd < 0)
                return;
        if (is_still(process))
                strays->fds[strays->n++] = fd;
        else
                (void) close(fd);
}

void strays_keep_orphans(void) {
        (void) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* What loses its parent meanwhile is passed over: with who kills, a later round finds it. */
void strays_find(Strays *strays, const char *path) {
        Processes processes = { 0 };
        Process self;

        strays_clear(strays);
        if (read_process(getpid(), &self))
                add_all_children(&processes, &self);
        for (size_t i = 0; i < processes.n && strays->n < STRAYS_MAX; i++) {
                Process process = processes.all[i]; /* the array may move */

                keep(strays, &process, path);
                add_all_children(&processes, &process);
        }
        free(processes.all);
}

void strays_signal(const Strays *strays, int signo) {
        for (unsigned i = 0; i < strays->n; i++)
                (void) syscall(SYS_pidfd_send_signal, strays->fds[i], signo, NULL, 0);
}

void strays_kill(Strays *strays, const char *path) {
        for (int i = 0; i < KILL_ROUNDS; i++) {
                strays_find(strays, path);
                if (strays->n == 0)
                        return;
                strays_signal(strays, SIGKILL);
        }
}

void strays_clear(Strays *strays) {
        for (unsigned i = 0; i < strays->n; i++)
                (void) close(strays->fds[i]);
        strays->n = 0;
}
