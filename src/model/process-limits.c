/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "base/parse.h"
#include "model/process-limits.h"

/* What the kernel and systemd call each. */
static const struct {
        const char *line, *property;
} resources[EXEC_RESOURCES] = {
        [RLIMIT_CPU] = { "Max cpu time", "LimitCPU" },
        [RLIMIT_FSIZE] = { "Max file size", "LimitFSIZE" },
        [RLIMIT_DATA] = { "Max data size", "LimitDATA" },
        [RLIMIT_STACK] = { "Max stack size", "LimitSTACK" },
        [RLIMIT_CORE] = { "Max core file size", "LimitCORE" },
        [RLIMIT_RSS] = { "Max resident set", "LimitRSS" },
        [RLIMIT_NPROC] = { "Max processes", "LimitNPROC" },
        [RLIMIT_NOFILE] = { "Max open files", "LimitNOFILE" },
        [RLIMIT_MEMLOCK] = { "Max locked memory", "LimitMEMLOCK" },
        [RLIMIT_AS] = { "Max address space", "LimitAS" },
        [RLIMIT_LOCKS] = { "Max file locks", "LimitLOCKS" },
        [RLIMIT_SIGPENDING] = { "Max pending signals", "LimitSIGPENDING" },
        [RLIMIT_MSGQUEUE] = { "Max msgqueue size", "LimitMSGQUEUE" },
        [RLIMIT_NICE] = { "Max nice priority", "LimitNICE" },
        [RLIMIT_RTPRIO] = { "Max realtime priority", "LimitRTPRIO" },
        [RLIMIT_RTTIME] = { "Max realtime timeout", "LimitRTTIME" },
};

static int read_limit(const char *word, uint64_t *ret) {
        if (g_strcmp0(word, "unlimited") != 0)
                return word ? parse_u64(word, ret) : -EBADMSG;
        *ret = UINT64_MAX;
        return 0;
}

/* The words of the line that begins with `name`: the first two behind that are the soft and the hard
 * limit. */
static int read_resource(const char *text, const char *name, uint64_t ret[static 2]) {
        g_autofree char *begin = g_strdup_printf("\n%s ", name), *rest = NULL;
        const char *line = strstr(text, begin);
        char *at, *soft, *hard;

        if (!line)
                return -EBADMSG;
        line += strlen(begin);
        rest = g_strndup(line, strcspn(line, "\n"));
        soft = strtok_r(rest, " ", &at);
        hard = strtok_r(NULL, " ", &at);
        return read_limit(soft, &ret[0]) < 0 || read_limit(hard, &ret[1]) < 0 ? -EBADMSG : 0;
}

int process_limits_read_resources(ExecLimits *limits, const char *text) {
        for (size_t i = 0; i < EXEC_RESOURCES; i++) {
                int r = read_resource(text, resources[i].line, limits->resources[i]);

                if (r < 0)
                        return r;
                limits->resources_set |= UINT32_C(1) << i;
        }
        return 0;
}

void process_limits_set_cpus(ExecLimits *limits, const char *list, const char *all) {
        if (strcmp(list, all) == 0)
                return;
        if (g_strlcpy(limits->cpus, list, sizeof(limits->cpus)) < sizeof(limits->cpus))
                return;
        /* half a number is another one */
        *strrchr(limits->cpus, ',') = '\0';
}

void process_limits_set_policy(ExecLimits *limits, uint64_t policy) {
        if (policy == SCHED_BATCH || policy == SCHED_IDLE)
                limits->policy = (uint32_t) policy;
}

void process_limits_set_io(ExecLimits *limits, int priority) {
        int class = IOPRIO_PRIO_CLASS(priority);

        if (class == IOPRIO_CLASS_BE || class == IOPRIO_CLASS_IDLE)
                limits->io = (uint32_t) priority;
}

void process_limits_forget(ExecLimits *limits) {
        uint32_t login_uid = limits->login_uid;

        *limits = EXEC_LIMITS_NONE;
        limits->login_uid = login_uid;
}

static void set_property_aside(ExecLimits *limits, const char *property) {
        if (strcmp(property, "CPUAffinity") == 0)
                limits->cpus[0] = '\0';
        else if (strcmp(property, "CPUSchedulingPolicy") == 0)
                limits->policy = SCHED_OTHER;
        else if (g_str_has_prefix(property, "IOScheduling"))
                limits->io = 0;
        else if (strcmp(property, "OOMScoreAdjust") == 0)
                limits->oom_score_adj = EXEC_LIMITS_NONE.oom_score_adj;
        for (size_t i = 0; i < EXEC_RESOURCES; i++)
                if (g_str_has_prefix(property, resources[i].property)) /* …Soft, too */
                        limits->resources_set &= ~(UINT32_C(1) << i);
}

void process_limits_set_aside(ExecLimits *limits, const JobRequest *request) {
        GVariantIter iter;
        const char *property;

        if (request->values[JOB_OPTION_NICE])
                limits->nice = EXEC_LIMITS_NONE.nice;
        if (!request->properties)
                return;
        g_variant_iter_init(&iter, request->properties);
        while (g_variant_iter_next(&iter, "(&sv)", &property, NULL))
                set_property_aside(limits, property);
}
