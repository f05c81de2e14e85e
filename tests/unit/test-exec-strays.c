/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/cgroup.h"
#include "exec/strays.h"
#include "exec/task.h"
#include "run.h"

#define ELSEWHERE "no-such.slice/no-such.service" /* nobody is in this one */

static Strays strays;

/* Each case is a process of its own (Check forks), whose children they are. */

/* Writes who it is, and waits to be killed. */
static _Noreturn void stay(int fd) {
        pid_t self = getpid();

        if (write(fd, &self, sizeof(self)) != sizeof(self))
                _exit(1);
        for (;;)
                (void) pause();
}

static pid_t next(int fd) {
        pid_t pid;

        ck_assert_int_eq(read(fd, &pid, sizeof(pid)), sizeof(pid));
        return pid;
}

/* A child, a child of that, and one in another session whose parent ends. */
static void fork_family(pid_t family[static 3]) {
        pid_t self = getpid();
        int fds[2];

        ck_assert_int_eq(pipe(fds), 0);
        strays_keep_orphans();
        if (fork() == 0) {
                if (fork() == 0)
                        stay(fds[1]);
                stay(fds[1]);
        }
        if (fork() == 0) {
                if (fork() > 0)
                        _exit(0);
                while (getppid() != self)
                        (void) sched_yield(); /* until its parent has ended */
                (void) setsid();
                stay(fds[1]);
        }
        for (int i = 0; i < 3; i++)
                family[i] = next(fds[0]);
}

static void end(const pid_t family[static 3]) {
        for (int i = 0; i < 3; i++)
                (void) kill(family[i], SIGKILL);
}

START_TEST(all_that_descends_is_found) {
        pid_t family[3];

        fork_family(family);
        strays_find(&strays, ELSEWHERE);
        ck_assert_uint_eq(strays.n, 3);
        strays_find(&strays, ELSEWHERE); /* anew */
        ck_assert_uint_eq(strays.n, 3);
        end(family);
        strays_clear(&strays);
        ck_assert_uint_eq(strays.n, 0);
}
END_TEST

START_TEST(who_is_where_he_belongs_is_none) {
        char *path = cgroup_own_path();
        pid_t family[3];

        fork_family(family);
        if (path != NULL) { /* there is a unified tree */
                strays_find(&strays, path);
                ck_assert_uint_eq(strays.n, 0);
        }
        end(family);
        free(path);
}
END_TEST

/* Also those that lose their parent by that. Nobody is left, and nobody else is hit: not we, not our
 * parent. */
START_TEST(all_are_killed_and_reaped) {
        Task task = { .command.ended = true };
        pid_t family[3];

        fork_family(family);
        strays_kill(&strays, ELSEWHERE);
        for (int i = 0; i < 3; i++) {
                siginfo_t info;

                ck_assert_int_eq(waitid(P_PID, (id_t) family[i], &info, WEXITED | WNOWAIT), 0);
                ck_assert_int_eq(info.si_status, SIGKILL);
        }
        ck_assert_ptr_null(task_reap(&task, 1));
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
        ck_assert_int_eq(errno, ECHILD);
        strays_find(&strays, ELSEWHERE);
        ck_assert_uint_eq(strays.n, 0);
}
END_TEST

/* The command's status is kept when others end as well. */
START_TEST(the_command_is_told_from_orphans) {
        Task task = { .command.gate = -1 };
        siginfo_t info;
        pid_t other = fork();

        if (other == 0)
                _exit(8);
        task.command.pid = fork();
        if (task.command.pid == 0)
                _exit(7);
        ck_assert_int_eq(waitid(P_PID, (id_t) task.command.pid, &info, WEXITED | WNOWAIT), 0);
        ck_assert_int_eq(waitid(P_PID, (id_t) other, &info, WEXITED | WNOWAIT), 0);
        ck_assert_ptr_eq(task_reap(&task, 1), &task);
        ck_assert_int_eq(WEXITSTATUS(task.report.wait_status), 7);
        ck_assert_ptr_null(task_reap(&task, 1));
        ck_assert_int_eq(WEXITSTATUS(task.report.wait_status), 7);
        ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-strays");
        TCase *tcase = tcase_create("strays");

        tcase_add_test(tcase, all_that_descends_is_found);
        tcase_add_test(tcase, who_is_where_he_belongs_is_none);
        tcase_add_test(tcase, all_are_killed_and_reaped);
        tcase_add_test(tcase, the_command_is_told_from_orphans);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
