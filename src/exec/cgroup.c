/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "exec/clock.h"

/* Each one finds what the one before had not seen, and what has not ended yet. */
#define KILL_ROUNDS 16

/* So many threads are asked how they are; of a job with more, those that came first. */
#define ASKED_MAX 1024

#define TEXT_MAX (PATH_MAX + 256) /* of /proc/PID/cgroup */

int cgroup_open_root(const char *root) {
        /* systemd knows these two: unified, and hybrid */
        static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
        int fd;

        if (root != NULL) {
                fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
                return fd < 0 ? -errno : fd;
        }
        for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
                struct statfs fs;

                fd = open(mounts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
                        return fd;
                if (fd >= 0)
                        (void) close(fd);
        }
        return -ENOENT;
}

/* Reads a small file's beginning as a string. */
static int read_file(int dir, const char *path, char *buffer, size_t size) {
        ssize_t n;
        int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        n = read(fd, buffer, size - 1);
        if (n < 0)
                n = -errno;
        else
                buffer[n] = '\0';
        (void) close(fd);
        return n < 0 ? (int) n : 0;
}

/* The number that follows `key` at the beginning of a line; a key of "" takes the first line. */
static uint64_t number_after(const char *text, const char *key) {
        size_t length = strlen(key);

        for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, key, length) == 0 && line[length] >= '0' && line[length] <= '9')
                        return strtoull(line + length, NULL, 10);
        }
        return UINT64_MAX;
}

/* Where the path in the unified tree begins in the text of /proc/PID/cgroup, relative to its root. */
static char *unified_path(char *text) {
        /* "0::/jobd.slice/…"; on a hybrid tree after the lines of other hierarchies */
        char *line = strncmp(text, "0::/", 4) == 0 ? text : strstr(text, "\n0::/");

        return line == NULL ? NULL : strchr(line, '/') + 1;
}

/* The path of our cgroup. */
static int own_path(char *path, size_t size) {
        char text[TEXT_MAX];
        char *line, *end;
        int r;

        r = read_file(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text));
        if (r < 0)
                return r;
        line = unified_path(text);
        if (line == NULL)
                return -ENOENT;
        end = strchr(line, '\n');
        if (end == NULL || (size_t) (end - line) >= size)
                return -ENAMETOOLONG;
        *end = '\0';
        (void) strcpy(path, line);
        return 0;
}

char *cgroup_own_path(void) {
        char path[PATH_MAX];

        return own_path(path, sizeof(path)) < 0 || *path == '\0' ? NULL : strdup(path);
}

static uint64_t own_number(int root, const char *path, const char *file, const char *key) {
        char full[PATH_MAX + 32], text[1024];

        (void) snprintf(full, sizeof(full), "%s%s%s", path, *path != '\0' ? "/" : "", file);
        return read_file(root, full, text, sizeof(text)) < 0 ? UINT64_MAX : number_after(text, key);
}

void cgroup_own_usage(const char *root, uint64_t *ret_memory_peak, uint64_t *ret_cpu_usec) {
        char path[PATH_MAX];
        int fd = cgroup_open_root(root);
        bool found = fd >= 0 && own_path(path, sizeof(path)) == 0;

        *ret_memory_peak = found ? own_number(fd, path, "memory.peak", "") : UINT64_MAX;
        *ret_cpu_usec = found ? own_number(fd, path, "cpu.stat", "usage_usec ") : UINT64_MAX;
        if (fd >= 0)
                (void) close(fd);
}

uint64_t cgroup_others_cpu(const char *root) {
        uint64_t memory_peak, all, own;
        struct timespec time;

        cgroup_own_usage(root, &memory_peak, &all);
        if (all == UINT64_MAX || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) < 0)
                return 0;
        own = (uint64_t) time.tv_sec * USEC_PER_SEC + (uint64_t) time.tv_nsec / 1000;
        return all > own ? all - own : 0;
}

pid_t cgroup_first_process(const char *root, const char *procs) {
        char text[64];
        uint64_t pid;
        int r, fd = cgroup_open_root(root);

        if (fd < 0)
                return fd;
        r = read_file(fd, procs, text, sizeof(text));
        (void) close(fd);
        if (r < 0)
                return r;
        pid = number_after(text, "");
        /* 0 stands for a process of another PID namespace */
        return pid > 0 && pid <= INT_MAX ? (pid_t) pid : -ENOENT;
}

/* NULL if that cannot be told, or the process is gone. */
static const char *path_of(pid_t pid, char text[static TEXT_MAX]) {
        char name[64];
        char *line, *end;

        (void) snprintf(name, sizeof(name), "/proc/%d/cgroup", (int) pid);
        if (read_file(AT_FDCWD, name, text, TEXT_MAX) < 0)
                return NULL;
        line = unified_path(text);
        end = line == NULL ? NULL : strchr(line, '\n');
        if (end == NULL)
                return NULL;
        *end = '\0';
        return line;
}

static bool is_in(pid_t pid, const char *path) {
        char text[TEXT_MAX];
        const char *own = path_of(pid, text);

        return own != NULL && strcmp(own, path) == 0;
}

bool cgroup_has(pid_t pid, const char *path) {
        char text[TEXT_MAX];
        const char *own = path_of(pid, text);
        size_t length = strlen(path);

        return own == NULL ||
               (strncmp(own, path, length) == 0 && (own[length] == '\0' || own[length] == '/'));
}

/* The number may have become another process's since it was read: the descriptor is looked at, and no other
 * is hit. */
static bool kill_member(pid_t pid, const char *path, int signo) {
        int fd = (int) syscall(SYS_pidfd_open, pid, 0);
        bool sent;

        if (fd < 0)
                return false;
        sent = is_in(pid, path) && syscall(SYS_pidfd_send_signal, fd, signo, NULL, 0) == 0;
        (void) close(fd);
        return sent;
}

/* One of the lists of numbers in a cgroup, to be closed; NULL: it cannot be read. */
static FILE *open_list(int root, const char *path, const char *file) {
        char full[PATH_MAX + 32];
        FILE *list;
        int fd;

        (void) snprintf(full, sizeof(full), "%s%s%s", path, *path != '\0' ? "/" : "", file);
        fd = openat(root, full, O_RDONLY | O_CLOEXEC);
        list = fd >= 0 ? fdopen(fd, "r") : NULL;
        if (list == NULL && fd >= 0)
                (void) close(fd);
        return list;
}

/* How many got the signal. */
static unsigned kill_once(int root, const char *path, int signo) {
        FILE *procs = open_list(root, path, "cgroup.procs");
        unsigned n = 0;
        int pid;

        if (procs == NULL)
                return 0;
        while (fscanf(procs, "%d", &pid) == 1)
                n += pid > 0 && pid != getpid() && kill_member(pid, path, signo);
        (void) fclose(procs);
        return n;
}

void cgroup_kill_others(const char *root, const char *path, int signo) {
        int fd = cgroup_open_root(root);

        if (fd < 0)
                return;
        for (int i = 0; kill_once(fd, path, signo) > 0 && signo == SIGKILL && i < KILL_ROUNDS; i++)
                ;
        (void) close(fd);
}

/* A thread can be asked as a process can. Its name is in brackets, and may be anything. */
static bool wants(int tid) {
        char name[64], text[512];
        const char *state;

        (void) snprintf(name, sizeof(name), "/proc/%d/stat", tid);
        if (read_file(AT_FDCWD, name, text, sizeof(text)) < 0)
                return false;
        state = strrchr(text, ')');
        return state != NULL && (strncmp(state, ") R", 3) == 0 || strncmp(state, ") D", 3) == 0);
}

bool cgroup_others_want(const char *root) {
        char path[PATH_MAX];
        int tid, fd = cgroup_open_root(root);
        FILE *threads = fd >= 0 && own_path(path, sizeof(path)) == 0 ? open_list(fd, path, "cgroup.threads")
                                                                     : NULL;
        bool found = false;

        for (int i = 0; threads != NULL && !found && i < ASKED_MAX && fscanf(threads, "%d", &tid) == 1; i++)
                found = tid > 0 && tid != getpid() && wants(tid);
        if (threads != NULL)
                (void) fclose(threads);
        if (fd >= 0)
                (void) close(fd);
        return found;
}
