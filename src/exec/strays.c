/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/strays.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/cgroup.h"

typedef struct Process {
        pid_t pid, parent, session;
        unsigned long long start; /* with the number it names the process */
        bool of_job;
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
                      ") %*c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                      &ret->parent, &ret->session, &ret->start) == 3;
}

static bool add(Processes *processes, const Process *process) {
        if (processes->n == processes->allocated) {
                size_t allocated = 2 * processes->allocated + 64;
                Process *all = realloc(processes->all, allocated * sizeof(*all));

                if (all == NULL)
                        return false;
                processes->all = all;
                processes->allocated = allocated;
        }
        processes->all[processes->n++] = *process;
        return true;
}

static void read_all(Processes *processes) {
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        Process process;

        while (proc != NULL && (entry = readdir(proc)) != NULL) {
                pid_t pid = (pid_t) atoi(entry->d_name);

                if (pid > 0 && read_process(pid, &process) && !add(processes, &process))
                        break;
        }
        if (proc != NULL)
                (void) closedir(proc);
}

static bool is_of_job(const Processes *processes, pid_t pid) {
        for (size_t i = 0; i < processes->n; i++)
                if (processes->all[i].pid == pid)
                        return processes->all[i].of_job;
        return false;
}

/* Children of those that are found, until there are no more. */
static void mark(Processes *processes, pid_t command) {
        bool more = true;

        for (size_t i = 0; i < processes->n; i++)
                processes->all[i].of_job = processes->all[i].pid == command ||
                                           processes->all[i].session == command;
        while (more) {
                more = false;
                for (size_t i = 0; i < processes->n; i++) {
                        Process *process = &processes->all[i];

                        if (!process->of_job && is_of_job(processes, process->parent))
                                more = process->of_job = true;
                }
        }
}

static void keep(Strays *strays, const Process *process, const char *path) {
        Process now;
        int fd = (int) syscall(SYS_pidfd_open, process->pid, 0);

        if (fd < 0)
                return;
        if (read_process(process->pid, &now) && now.start == process->start &&
            !cgroup_has(process->pid, path))
                strays->fds[strays->n++] = fd;
        else
                (void) close(fd);
}

void strays_find(Strays *strays, const char *path, pid_t command) {
        Processes processes = { 0 };

        strays_clear(strays);
        read_all(&processes);
        mark(&processes, command);
        for (size_t i = 0; i < processes.n && strays->n < STRAYS_MAX; i++)
                if (processes.all[i].of_job && processes.all[i].pid != getpid())
                        keep(strays, &processes.all[i], path);
        free(processes.all);
}

void strays_signal(const Strays *strays, int signo) {
        for (unsigned i = 0; i < strays->n; i++)
                (void) syscall(SYS_pidfd_send_signal, strays->fds[i], signo, NULL, 0);
}

void strays_clear(Strays *strays) {
        for (unsigned i = 0; i < strays->n; i++)
                (void) close(strays->fds[i]);
        strays->n = 0;
}
