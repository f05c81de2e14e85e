/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "authz/confinement.h"
#include "authz/proc-file.h"
#include "authz/process.h"
#include "base/parse.h"

/* The `index`-th number of a line of status; false if there is none. */
static bool status_number(const char *status, const char *field, guint index, uint32_t *ret) {
        g_autofree char *value = proc_status_value(status, field);
        g_auto(GStrv) words = value ? g_strsplit(value, "\t", -1) : NULL;

        return words && g_strv_length(words) > index && parse_u32(words[index], ret) >= 0;
}

static uint64_t stat_start_time(const char *stat) {
        g_autofree char *field = proc_stat_field(stat, PROC_STAT_START_TIME);
        uint64_t ticks = 0;

        return field && parse_u64(field, &ticks) >= 0 ? ticks : 0;
}

bool process_is_alive(int pidfd) {
        return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) >= 0 || errno == EPERM;
}

/* The kernel's start times are rounded down to ticks. */
static bool is_younger(uint64_t start_time, uint64_t than) {
        return start_time > than / (G_USEC_PER_SEC / (uint64_t) sysconf(_SC_CLK_TCK));
}

ProcessFacts process_look(pid_t pid, int pidfd, uid_t uid, uint64_t connected) {
        g_autofree char *status = NULL, *stat = NULL;
        ProcessFacts facts = { .box = "jobd cannot see its process" };
        const char *box;
        uint32_t real, effective;
        uint64_t started;
        char process[16];

        if (pid <= 0 || pidfd < 0)
                return facts;
        (void) snprintf(process, sizeof(process), "%i", pid);
        status = proc_read(process, "status");
        stat = proc_read(process, "stat");
        box = confinement_find(process);
        /* if it lives, what was read is its own */
        if (!status || !stat || !process_is_alive(pidfd) || !status_number(status, "Uid", 0, &real) ||
            !status_number(status, "Uid", 1, &effective))
                return facts;
        if (effective != uid) {
                facts.box = "it has become another user since it connected";
                return facts;
        }
        started = stat_start_time(stat);
        if (is_younger(started, connected)) {
                facts.box = "its process has not made its connection, and that has ended";
                return facts;
        }
        facts.box = box;
        facts.start_time = real == uid ? started : 0;
        return facts;
}
