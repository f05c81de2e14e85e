/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "authz/process.h"
#include "base/cleanup.h"
#include "run.h"

/* What /proc tells of processes that are real, and as wanted. */

static int nothing(void) {
        return 0;
}

static int no_new_privs(void) {
        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int filtered(void) {
        struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        struct sock_fprog program = { .len = 1, .filter = &allow };

        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* A name that looks like lines of /proc/PID/status, and like fields of stat. */
static int liar(void) {
        return prctl(PR_SET_NAME, "\nSeccomp:\t0\n)");
}

static int lying_prisoner(void) {
        int r = prctl(PR_SET_NAME, "NoNewPrivs:\t0\n");

        return r < 0 ? r : no_new_privs();
}

static int other_user(void) {
        return setuid(1);
}

static int other_effective_user(void) {
        return seteuid(1);
}

static int other_real_user(void) {
        return setresuid(1, 0, 0);
}

static int user_namespace(void) {
        return unshare(CLONE_NEWUSER);
}

static int network_namespace(void) {
        return unshare(CLONE_NEWNET);
}

static int mount_namespace(void) {
        return unshare(CLONE_NEWNS);
}

static int other_root(void) {
        return chroot("/usr");
}

static int capability_dropped(void) {
        return prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT, 0, 0, 0);
}

static const struct {
        int (*become)(void);
        const char *box; /* NULL: what this test itself is in */
        bool named;
} processes[] = {
        { nothing, NULL, true },
        { liar, NULL, true },
        { no_new_privs, "NoNewPrivileges", true },
        { lying_prisoner, "NoNewPrivileges", true },
        { filtered, "filter", true }, /* root needs no NoNewPrivileges for that */
        { capability_dropped, "capability", true },
        { user_namespace, "user namespace", true }, /* seen from here its uid is what it was */
        { network_namespace, "network namespace", true },
        { mount_namespace, "mount namespace", true },
        { other_root, "root", true },
        { other_user, "another user", false },
        { other_effective_user, "another user", false },
        { other_real_user, NULL, false },
};

static pid_t start(int (*become)(void), bool *ret_became) {
        int fds[2];
        char word = 0;
        pid_t pid;

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                word = become() == 0 ? 'y' : 'n';
                if (write(fds[1], &word, 1) == 1)
                        (void) pause();
                _exit(0);
        }
        ck_assert_int_eq((int) read(fds[0], &word, 1), 1);
        *ret_became = word == 'y';
        (void) close(fds[0]);
        (void) close(fds[1]);
        return pid;
}

static void end(pid_t pid) {
        (void) kill(pid, SIGKILL);
        (void) waitpid(pid, NULL, 0);
}

static Fd open_process(pid_t pid) {
        return (Fd) syscall(SYS_pidfd_open, pid, 0);
}

START_TEST(look) {
        bool became, plain_became;
        pid_t pid, plain;
        g_auto(Fd) fd = -1, plain_fd = -1;
        ProcessFacts facts, own;
        const char *box = processes[_i].box;

        if (geteuid() != 0)
                return;
        pid = start(processes[_i].become, &became);
        fd = open_process(pid);
        facts = process_look(pid, fd, 0, UINT64_MAX);
        plain = start(nothing, &plain_became);
        plain_fd = open_process(plain);
        own = process_look(plain, plain_fd, 0, UINT64_MAX);
        end(pid);
        end(plain);
        if (processes[_i].become == user_namespace && !became)
                return; /* not to be had in every container */
        ck_assert(became);
        if (box)
                ck_assert_msg(facts.box && strstr(facts.box, box), "%s, not %s", facts.box, box);
        else
                ck_assert_pstr_eq(facts.box, own.box);
        ck_assert_int_eq(facts.start_time > 0, processes[_i].named);
}
END_TEST

START_TEST(start_time) {
        bool became;
        pid_t pid = start(liar, &became);
        g_auto(Fd) fd = open_process(pid);
        double up, age;
        FILE *file = fopen("/proc/uptime", "re");
        uint64_t ticks = process_look(pid, fd, geteuid(), UINT64_MAX).start_time;

        end(pid);
        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%lf", &up), 1);
        (void) fclose(file);
        age = up - (double) ticks / (double) sysconf(_SC_CLK_TCK);
        ck_assert_msg(age > -1 && age < 30, "started %f s ago", age);
}
END_TEST

/* Who was not there when the connection was made did not make it. */
START_TEST(younger_than_its_connection) {
        static const char younger[] = "has not made its connection";
        bool became;
        pid_t pid = start(nothing, &became);
        g_auto(Fd) fd = open_process(pid);
        uint64_t tick = G_USEC_PER_SEC / (uint64_t) sysconf(_SC_CLK_TCK),
                 started = process_look(pid, fd, geteuid(), UINT64_MAX).start_time * tick;
        ProcessFacts same = process_look(pid, fd, geteuid(), started),
                     before = process_look(pid, fd, geteuid(), started - 1),
                     never = process_look(pid, fd, geteuid(), 0);

        end(pid);
        ck_assert_uint_gt(started, 0);
        ck_assert(!same.box || !strstr(same.box, younger));
        ck_assert_uint_gt(same.start_time, 0);
        ck_assert_ptr_nonnull(strstr(before.box, younger));
        ck_assert_uint_eq(before.start_time, 0); /* that is not for polkit's eyes either */
        ck_assert_ptr_nonnull(strstr(never.box, younger));
}
END_TEST

START_TEST(gone) {
        bool became;
        pid_t pid = start(nothing, &became);
        g_auto(Fd) fd = open_process(pid);

        end(pid);
        ck_assert_ptr_nonnull(process_look(pid, fd, geteuid(), UINT64_MAX).box);
        /* the number belongs to somebody else by now */
        ck_assert_ptr_nonnull(process_look(getpid(), fd, geteuid(), UINT64_MAX).box);
        ck_assert_uint_eq(process_look(getpid(), fd, geteuid(), UINT64_MAX).start_time, 0);
}
END_TEST

START_TEST(unknown) {
        g_auto(Fd) fd = open_process(getpid());

        ck_assert_ptr_nonnull(process_look(getpid(), -1, geteuid(), UINT64_MAX).box);
        ck_assert_ptr_nonnull(process_look(0, fd, geteuid(), UINT64_MAX).box);
        ck_assert_ptr_nonnull(process_look(-1, fd, geteuid(), UINT64_MAX).box);
        ck_assert_ptr_nonnull(process_look(getpid(), fd, geteuid() + 1, UINT64_MAX).box);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("process");
        TCase *tcase = tcase_create("process");

        tcase_add_loop_test(tcase, look, 0, G_N_ELEMENTS(processes));
        tcase_add_test(tcase, start_time);
        tcase_add_test(tcase, younger_than_its_connection);
        tcase_add_test(tcase, gone);
        tcase_add_test(tcase, unknown);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
