/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "authz/process-limits.h"
#include "model/process-limits.h"
#include "run.h"

/* As the kernel writes it. */
static const char text[] =
                "Limit                     Soft Limit           Hard Limit           Units     \n"
                "Max cpu time              7                    unlimited            seconds   \n"
                "Max file size             unlimited            unlimited            bytes     \n"
                "Max data size             unlimited            unlimited            bytes     \n"
                "Max stack size            8388608              unlimited            bytes     \n"
                "Max core file size        0                    unlimited            bytes     \n"
                "Max resident set          unlimited            unlimited            bytes     \n"
                "Max processes             1                    2                    processes \n"
                "Max open files            1024                 524288               files     \n"
                "Max locked memory         8388608              8388608              bytes     \n"
                "Max address space         unlimited            unlimited            bytes     \n"
                "Max file locks            unlimited            unlimited            locks     \n"
                "Max pending signals       96364                96364                signals   \n"
                "Max msgqueue size         819200               819200               bytes     \n"
                "Max nice priority         0                    0                    \n"
                "Max realtime priority     0                    0                    \n"
                "Max realtime timeout      unlimited            unlimited            us        \n";

START_TEST(resources) {
        ExecLimits limits = EXEC_LIMITS_NONE;

        ck_assert_int_eq(process_limits_read_resources(&limits, text), 0);
        ck_assert_uint_eq(limits.resources_set, 0xffff);
        ck_assert_uint_eq(limits.resources[RLIMIT_CPU][0], 7);
        ck_assert_uint_eq(limits.resources[RLIMIT_CPU][1], UINT64_MAX);
        ck_assert_uint_eq(limits.resources[RLIMIT_CORE][0], 0);
        ck_assert_uint_eq(limits.resources[RLIMIT_NPROC][1], 2);
        ck_assert_uint_eq(limits.resources[RLIMIT_NOFILE][1], 524288);
        ck_assert_uint_eq(limits.resources[RLIMIT_NICE][1], 0);
        ck_assert_uint_eq(limits.resources[RLIMIT_RTTIME][0], UINT64_MAX);
}
END_TEST

/* Nothing is taken for a limit that is none. */
START_TEST(broken_resources) {
        for (size_t i = 0; i < sizeof(text) - 60; i += 7) {
                g_autofree char *cut = g_strndup(text, i);
                ExecLimits limits = EXEC_LIMITS_NONE;

                ck_assert_int_eq(process_limits_read_resources(&limits, cut), -EBADMSG);
        }
        for (size_t i = 0; i < 3; i++) {
                g_auto(GStrv) parts = g_strsplit(text, "1024 ", 2);
                g_autofree char *changed = g_strconcat(
                                parts[0], (const char *[]){ "-1 ", "0x10 ", "99999999999999999999 " }[i],
                                parts[1], NULL);
                ExecLimits limits = EXEC_LIMITS_NONE;

                ck_assert_int_eq(process_limits_read_resources(&limits, changed), -EBADMSG);
        }
}
END_TEST

START_TEST(processors) {
        g_autoptr(GString) many = g_string_new("0");
        ExecLimits limits = EXEC_LIMITS_NONE;

        process_limits_set_cpus(&limits, "0-3", "0-3");
        ck_assert_str_eq(limits.cpus, "");
        process_limits_set_cpus(&limits, "0,2", "0-3");
        ck_assert_str_eq(limits.cpus, "0,2");
        for (int i = 2; i < 1000; i += 2)
                g_string_append_printf(many, ",%d", i);
        process_limits_set_cpus(&limits, many->str, "0-1023");
        /* what is left out is no processor that was not there */
        ck_assert(g_str_has_prefix(many->str, limits.cpus));
        ck_assert_int_eq(many->str[strlen(limits.cpus)], ',');
        ck_assert_uint_gt(strlen(limits.cpus), EXEC_CPUS_MAX - 8);
}
END_TEST

START_TEST(what_is_no_limit) {
        ExecLimits limits = EXEC_LIMITS_NONE;

        process_limits_set_policy(&limits, SCHED_FIFO);
        process_limits_set_policy(&limits, SCHED_RR);
        process_limits_set_policy(&limits, 6); /* SCHED_DEADLINE */
        ck_assert_uint_eq(limits.policy, SCHED_OTHER);
        process_limits_set_policy(&limits, SCHED_IDLE);
        ck_assert_uint_eq(limits.policy, SCHED_IDLE);
        process_limits_set_io(&limits, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 0));
        process_limits_set_io(&limits, 0);
        ck_assert_uint_eq(limits.io, 0);
        process_limits_set_io(&limits, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7));
        ck_assert_uint_eq(limits.io, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7));
}
END_TEST

static ExecLimits set_aside(const char *properties, bool nice) {
        g_autoptr(JobRequest) request = job_request_new();
        ExecLimits limits = { .nice = 3, .oom_score_adj = 4, .policy = SCHED_IDLE, .io = 5, .cpus = "1" };

        ck_assert_int_eq(process_limits_read_resources(&limits, text), 0);
        if (nice)
                job_values_set(request->values, JOB_OPTION_NICE, g_variant_new_int32(0));
        if (properties)
                request->properties = g_variant_ref_sink(
                                g_variant_new_parsed(properties)); /* as they come from the bus */
        process_limits_set_aside(&limits, request);
        return limits;
}

START_TEST(options_count) {
        ExecLimits limits = set_aside(NULL, false);

        ck_assert_int_eq(limits.nice, 3);
        ck_assert_uint_eq(limits.resources_set, 0xffff);
        limits = set_aside("[('LimitNOFILESoft', <uint64 3>), ('LimitCORE', <uint64 3>)]", true);
        ck_assert_int_eq(limits.nice, -20);
        ck_assert_uint_eq(limits.resources_set, 0xffff & ~(1U << RLIMIT_NOFILE | 1U << RLIMIT_CORE));
        ck_assert_str_eq(limits.cpus, "1");
        limits = set_aside("[('CPUAffinity', <[byte 1]>), ('CPUSchedulingPolicy', <0>)]", false);
        ck_assert_str_eq(limits.cpus, "");
        ck_assert_uint_eq(limits.policy, SCHED_OTHER);
        ck_assert_uint_eq(limits.io, 5);
        limits = set_aside("[('OOMScoreAdjust', <0>), ('IOSchedulingPriority', <0>)]", false);
        ck_assert_int_eq(limits.oom_score_adj, -1000);
        ck_assert_uint_eq(limits.io, 0);
        ck_assert_uint_eq(limits.policy, SCHED_IDLE);
}
END_TEST

START_TEST(another_user) {
        ExecLimits limits = { .nice = 3, .resources_set = 7, .cpus = "1", .login_uid = 1001 };

        process_limits_forget(&limits);
        ck_assert_int_eq(limits.nice, -20);
        ck_assert_uint_eq(limits.resources_set, 0);
        ck_assert_str_eq(limits.cpus, "");
        ck_assert_uint_eq(limits.login_uid, 1001);
}
END_TEST

/* Of this very process, as the kernel tells it by calls. */
START_TEST(of_a_process) {
        int pidfd = (int) syscall(SYS_pidfd_open, getpid(), 0);
        struct rlimit files = { 111, 222 };
        const struct sched_param param = { 0 };
        ExecLimits limits;

        ck_assert_int_eq(sched_setscheduler(0, SCHED_IDLE, &param), 0);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
        ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, 19), 0);
        ck_assert_int_eq(process_limits_look(getpid(), pidfd, &limits), 0);
        ck_assert_uint_eq(limits.resources[RLIMIT_NOFILE][0], 111);
        ck_assert_uint_eq(limits.resources[RLIMIT_NOFILE][1], 222);
        ck_assert_int_eq(limits.nice, 19);
        ck_assert_uint_eq(limits.policy, SCHED_IDLE);
        ck_assert_int_eq(process_limits_look(getpid(), -1, &limits), -ESRCH);
        ck_assert_int_eq(process_limits_look(0, pidfd, &limits), -ESRCH);
        (void) close(pidfd);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("process-limits");
        TCase *tcase = tcase_create("process-limits");

        tcase_add_test(tcase, resources);
        tcase_add_test(tcase, broken_resources);
        tcase_add_test(tcase, processors);
        tcase_add_test(tcase, what_is_no_limit);
        tcase_add_test(tcase, options_count);
        tcase_add_test(tcase, another_user);
        tcase_add_test(tcase, of_a_process);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
