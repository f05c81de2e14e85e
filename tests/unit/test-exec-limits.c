/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/limits.h"
#include "run.h"

/* Each case is a process of its own (Check forks), so that it may lower what it has. */

static struct rlimit own(int resource) {
        struct rlimit limit;

        ck_assert_int_eq(getrlimit((__rlimit_resource_t) resource, &limit), 0);
        return limit;
}

static void assert_files(uint64_t soft, uint64_t hard, rlim_t expected_soft, rlim_t expected_hard) {
        ExecLimits limits = EXEC_LIMITS_NONE;

        limits.resources_set = UINT32_C(1) << RLIMIT_NOFILE;
        limits.resources[RLIMIT_NOFILE][0] = soft;
        limits.resources[RLIMIT_NOFILE][1] = hard;
        ck_assert_int_eq(limits_apply(&limits), 0);
        ck_assert_uint_eq(own(RLIMIT_NOFILE).rlim_cur, expected_soft);
        ck_assert_uint_eq(own(RLIMIT_NOFILE).rlim_max, expected_hard);
}

START_TEST(nothing) {
        ExecLimits limits = EXEC_LIMITS_NONE;
        struct rlimit before = own(RLIMIT_NOFILE);
        int nice = getpriority(PRIO_PROCESS, 0), policy = sched_getscheduler(0);

        ck_assert_int_eq(limits_apply(&limits), 0);
        ck_assert_uint_eq(own(RLIMIT_NOFILE).rlim_cur, before.rlim_cur);
        ck_assert_uint_eq(own(RLIMIT_NOFILE).rlim_max, before.rlim_max);
        ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), nice);
        ck_assert_int_eq(sched_getscheduler(0), policy);
}
END_TEST

/* The hard one is the lower of the two, the soft one the caller's, bounded by it. */
START_TEST(resources) {
        struct rlimit start = { 100, 900 };

        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &start), 0);
        assert_files(UINT64_MAX, UINT64_MAX, 900, 900);
        assert_files(200, 1000, 200, 900);
        assert_files(300, 800, 300, 800);
        assert_files(900, 850, 800, 800);
        assert_files(5, 6, 5, 6);
        assert_files(0, 0, 0, 0);
}
END_TEST

START_TEST(resources_that_do_not_count) {
        ExecLimits limits = EXEC_LIMITS_NONE;
        struct rlimit before = own(RLIMIT_NOFILE);

        limits.resources[RLIMIT_NOFILE][0] = limits.resources[RLIMIT_NOFILE][1] = 3;
        ck_assert_int_eq(limits_apply(&limits), 0);
        ck_assert_uint_eq(own(RLIMIT_NOFILE).rlim_max, before.rlim_max);
}
END_TEST

START_TEST(priorities) {
        ExecLimits limits = EXEC_LIMITS_NONE;

        limits.nice = 17;
        limits.policy = SCHED_IDLE;
        limits.io = 3U << 13;
        ck_assert_int_eq(limits_apply(&limits), 0);
        ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), 17);
        ck_assert_int_eq(sched_getscheduler(0), SCHED_IDLE);
        ck_assert_int_eq((int) syscall(SYS_ioprio_get, 1, 0) >> 13, 3);
        limits.nice = 2; /* never back */
        limits.policy = SCHED_BATCH;
        ck_assert_int_eq(limits_apply(&limits), 0);
        ck_assert_int_eq(getpriority(PRIO_PROCESS, 0), 17);
        ck_assert_int_eq(sched_getscheduler(0), SCHED_IDLE);
}
END_TEST

START_TEST(killed_first) {
        ExecLimits limits = EXEC_LIMITS_NONE;
        FILE *file;
        int score = 0;

        for (int i = 0; i < 2; i++) {
                limits.oom_score_adj = i == 0 ? 900 : 100; /* never back */
                ck_assert_int_eq(limits_apply(&limits), 0);
                file = fopen("/proc/self/oom_score_adj", "re");
                ck_assert_int_eq(fscanf(file, "%d", &score), 1);
                (void) fclose(file);
                ck_assert_int_eq(score, 900);
        }
}
END_TEST

static const struct {
        const char *list;
        int r;
} lists[] = { { "0", 0 },     { "0-8191", 0 }, { "0,8191", 0 },  { "x", -1 },     { "0-", -1 },
              { "0,,1", -1 }, { "1-0", -1 },   { "0-8192", -1 }, { "0-3:1", -1 }, { "8191", 0 } };

/* One that is not there is no reason not to run; what is no list is. */
START_TEST(processors) {
        ExecLimits limits = EXEC_LIMITS_NONE;
        cpu_set_t before, after;

        (void) strcpy(limits.cpus, lists[_i].list);
        ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
        ck_assert_int_eq(limits_apply(&limits) < 0 ? -1 : 0, lists[_i].r);
        ck_assert_int_eq(sched_getaffinity(0, sizeof(after), &after), 0);
        if (_i == 0 && CPU_ISSET(0, &before)) {
                ck_assert_int_eq(CPU_COUNT(&after), 1);
                ck_assert(CPU_ISSET(0, &after));
        }
        if (_i == 1 || lists[_i].r < 0)
                ck_assert(CPU_EQUAL(&before, &after));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-limits");
        TCase *tcase = tcase_create("limits");

        tcase_add_test(tcase, nothing);
        tcase_add_test(tcase, resources);
        tcase_add_test(tcase, resources_that_do_not_count);
        tcase_add_test(tcase, priorities);
        tcase_add_test(tcase, killed_first);
        tcase_add_loop_test(tcase, processors, 0, sizeof(lists) / sizeof(lists[0]));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
