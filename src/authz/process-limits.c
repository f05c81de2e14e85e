/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "authz/proc-file.h"
#include "authz/process-limits.h"
#include "authz/process.h"
#include "base/parse.h"
#include "model/process-limits.h"

static int read_processors(const char *status, ExecLimits *limits) {
        g_autofree char *system = proc_read("1", "status"),
                        *own = proc_status_value(status, "Cpus_allowed_list"),
                        *all = system ? proc_status_value(system, "Cpus_allowed_list") : NULL;

        if (!own || !all)
                return -ESRCH;
        process_limits_set_cpus(limits, own, all);
        return 0;
}

static int read_scheduling(const char *stat, ExecLimits *limits) {
        g_autofree char *nice = proc_stat_field(stat, PROC_STAT_NICE),
                        *policy = proc_stat_field(stat, PROC_STAT_POLICY);
        uint64_t number;

        if (!nice || !policy || parse_u64(policy, &number) < 0)
                return -ESRCH;
        limits->nice = atoi(nice);
        process_limits_set_policy(limits, number);
        return 0;
}

int process_limits_look(pid_t pid, int pidfd, ExecLimits *ret) {
        g_autofree char *resources = NULL, *status = NULL, *stat = NULL, *oom = NULL, *login = NULL;
        char process[16];
        int r, io;

        *ret = EXEC_LIMITS_NONE;
        if (pid <= 0 || pidfd < 0)
                return -ESRCH;
        (void) snprintf(process, sizeof(process), "%i", pid);
        resources = proc_read(process, "limits");
        status = proc_read(process, "status");
        stat = proc_read(process, "stat");
        oom = proc_read(process, "oom_score_adj");
        login = proc_read(process, "loginuid"); /* not every kernel has one */
        io = (int) syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
        /* if it lives, what was read is its own */
        if (!resources || !status || !stat || !oom || io < 0 || !process_is_alive(pidfd))
                return -ESRCH;
        process_limits_set_io(ret, io);
        ret->oom_score_adj = atoi(oom);
        if (!login || parse_u32(login, &ret->login_uid) < 0)
                ret->login_uid = EXEC_LIMITS_NONE.login_uid;
        r = process_limits_read_resources(ret, resources);
        if (r >= 0)
                r = read_processors(status, ret);
        return r < 0 ? r : read_scheduling(stat, ret);
}
