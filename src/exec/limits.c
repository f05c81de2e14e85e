/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPUS_MAX       8192 /* as the kernel */
#define IO_WHO_PROCESS 1    /* of ioprio_set(2), which has no header in libc */
#define OOM_SCORE_ADJ  "/proc/self/oom_score_adj"

static rlim_t at_most(rlim_t a, rlim_t b) {
        return a < b ? a : b; /* RLIM_INFINITY is the largest of all */
}

static int apply_resource(int resource, const uint64_t wanted[2]) {
        struct rlimit own, new;

        if (getrlimit((__rlimit_resource_t) resource, &own) < 0)
                return -errno;
        new.rlim_max = at_most(own.rlim_max, wanted[1]);
        new.rlim_cur = at_most(new.rlim_max, wanted[0]);
        if (new.rlim_cur == own.rlim_cur &&new.rlim_max == own.rlim_max)
                return 0;
        return setrlimit((__rlimit_resource_t) resource, &new) < 0 ? -errno : 0;
}

static int apply_resources(const ExecLimits *limits) {
        for (int i = 0; i < EXEC_RESOURCES; i++)
                if ((limits->resources_set & UINT32_C(1) << i) != 0) {
                        int r = apply_resource(i, limits->resources[i]);

                        if (r < 0)
                                return r;
                }
        return 0;
}

typedef struct CpuSet {
        cpu_set_t set[CPUS_MAX / CPU_SETSIZE];
} CpuSet;

/* The number at *at, which moves behind it. */
static bool read_number(const char **at, unsigned long *ret) {
        char *end;

        if (**at < '0' || **at > '9')
                return false;
        *ret = strtoul(*at, &end, 10);
        *at = end;
        return true;
}

/* Adds what stands in a list as "0-3,7". */
static bool read_cpus(const char *list, CpuSet *ret) {
        while (*list != '\0') {
                unsigned long first, last;

                if (!read_number(&list, &first))
                        return false;
                last = first;
                if (*list == '-') {
                        list++;
                        if (!read_number(&list, &last))
                                return false;
                }
                if (first > last || last >= CPUS_MAX || (*list != '\0' && *list != ','))
                        return false;
                for (; first <= last; first++)
                        CPU_SET_S(first, sizeof(*ret), ret->set);
                list += *list == ',';
        }
        return true;
}

/* The processors that both have; if there are none, those of the caller, unless the unit has none of them at
 * all. */
static int apply_cpus(const char *list) {
        CpuSet wanted = { 0 }, own = { 0 }, both;

        if (*list == '\0')
                return 0;
        if (!read_cpus(list, &wanted))
                return -EBADMSG;
        if (sched_getaffinity(0, sizeof(own), own.set) < 0)
                return -errno;
        CPU_AND_S(sizeof(both), both.set, wanted.set, own.set);
        if (CPU_COUNT_S(sizeof(both), both.set) == 0)
                both = wanted;
        if (CPU_EQUAL_S(sizeof(both), both.set, own.set) ||
            sched_setaffinity(0, sizeof(both), both.set) == 0)
                return 0;
        return errno == EINVAL ? 0 : -errno;
}

static int apply_nice(int nice) {
        int own;

        errno = 0;
        own = getpriority(PRIO_PROCESS, 0);
        if (errno != 0 || (nice > own && setpriority(PRIO_PROCESS, 0, nice) < 0))
                return -errno;
        return 0;
}

static int apply_policy(int policy) {
        static const struct sched_param param = { 0 };

        /* another one than the usual is the unit's */
        if (policy == SCHED_OTHER || sched_getscheduler(0) != SCHED_OTHER)
                return 0;
        return sched_setscheduler(0, policy, &param) < 0 ? -errno : 0;
}

static int apply_io(uint32_t priority) {
        if (priority == 0)
                return 0;
        return syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, priority) < 0 ? -errno : 0;
}

static int write_own(const char *path, unsigned value) {
        char text[16];
        int n = snprintf(text, sizeof(text), "%u", value), fd, r;

        /* these files are root's as long as nobody may look into this process */
        (void) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        r = write(fd, text, (size_t) n) < 0 ? -errno : 0;
        (void) close(fd);
        return r;
}

static int apply_oom_score(int wanted) {
        int own = 1000;
        FILE *file = fopen(OOM_SCORE_ADJ, "re");

        if (file == NULL)
                return 0; /* no such kernel, or no /proc: nobody has one */
        if (fscanf(file, "%d", &own) != 1)
                own = 1000;
        (void) fclose(file);
        if (wanted <= own)
                return 0;
        return write_own(OOM_SCORE_ADJ, (unsigned) wanted);
}

/* It can be set once, which a service has not done, and needs no right then; systemd sets it with PAM alone.
 * Where the kernel does not allow it, the command has none, as a service has none. */
static void apply_login_uid(uint32_t uid) {
        if (uid != UINT32_MAX)
                (void) write_own("/proc/self/loginuid", uid);
}

/* First what needs files and memory, which the resources may take away. */
static int apply(const ExecLimits *limits) {
        int r;

        r = apply_oom_score(limits->oom_score_adj);
        if (r < 0)
                return r;
        r = apply_cpus(limits->cpus);
        if (r < 0)
                return r;
        r = apply_io(limits->io);
        if (r < 0)
                return r;
        r = apply_policy((int) limits->policy);
        if (r < 0)
                return r;
        r = apply_nice(limits->nice);
        return r < 0 ? r : apply_resources(limits);
}

int limits_apply(const ExecLimits *limits) {
        int r;

        apply_login_uid(limits->login_uid);
        r = apply(limits);
        if (r < 0)
                errno = -r;
        return r;
}
