/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/exec.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "exec/cgroup.h"
#include "exec/end.h"
#include "exec/signals.h"
#include "exec/start.h"
#include "exec/state.h"
#include "exec/supply.h"
#include "wire/exit-status.h"

/* Without a jobd that answers: this many times the patience. So often in one patience it is asked. */
#define ALONE_MAX   6U
#define ASKS        4U
#define CHECK_PAUSE (1 * USEC_PER_SEC)
#define BLIND_PAUSE (10 * USEC_PER_MSEC)

enum {
        POLL_SIGNALS,
        POLL_CONTROL,
        POLL_LISTENER,
        POLL_NOTIFY,
        POLL_SOCKET,
        POLL_JOURNALD,
        POLL_STDOUT,
        POLL_STDERR,
        POLL_COMMANDS,
        _POLL_MAX = POLL_COMMANDS + EXEC_TASKS
};

static uint64_t deadline(const Exec *exec, uint64_t now) {
        uint64_t at = usec_min(journal_deadline(&exec->journal), pump_deadline(&exec->pump, now));

        at = usec_min(at, control_deadline(&exec->control, now));
        if (exec->reap_due)
                return now;
        return tasks_have_ended(exec->tasks, EXEC_TASKS) ? usec_min(at, now + CHECK_PAUSE) : at;
}

/* The kernel does not tell: no memory, or the command, which runs as the same user, has taken our limit of
 * descriptors away. So a little later all of them are tried; none of them blocks. Of journald's death
 * nothing is known then. */
static void wait_blindly(struct pollfd fds[_POLL_MAX], uint64_t left) {
        struct timespec pause = { .tv_nsec = (long) usec_min(left, BLIND_PAUSE) * 1000 };

        (void) nanosleep(&pause, NULL);
        for (int i = 0; i < _POLL_MAX; i++)
                fds[i].revents = fds[i].fd >= 0 && i != POLL_JOURNALD ? fds[i].events : 0;
}

static void wait_for_events(const Exec *exec, struct pollfd fds[_POLL_MAX]) {
        uint64_t allowed = exec->control.allowed, now = clock_usec(), at = deadline(exec, now);
        uint64_t left = at > now ? at - now : 0;
        struct timespec timeout = {
                .tv_sec = (time_t) (left / USEC_PER_SEC),
                .tv_nsec = (long) (left % USEC_PER_SEC) * 1000,
        };

        fds[POLL_SIGNALS] = (struct pollfd){ .fd = exec->signals, .events = POLLIN };
        fds[POLL_CONTROL] = control_poll(&exec->control);
        fds[POLL_LISTENER] = control_poll_listener(&exec->control, now);
        fds[POLL_NOTIFY] = (struct pollfd){ .fd = exec->notify.fd, .events = POLLIN };
        fds[POLL_SOCKET] = journal_poll_socket(&exec->journal);
        fds[POLL_JOURNALD] = journal_poll_journald(&exec->journal);
        fds[POLL_STDOUT] = pump_poll(&exec->pump, STREAM_STDOUT, allowed);
        fds[POLL_STDERR] = pump_poll(&exec->pump, STREAM_STDERR, allowed);
        for (unsigned i = 0; i < EXEC_TASKS; i++)
                fds[POLL_COMMANDS + i] = command_poll(&exec->tasks[i].command);
        if (ppoll(fds, _POLL_MAX, at == USEC_NEVER ? NULL : &timeout, NULL) < 0)
                wait_blindly(fds, left);
}

/* Whoever is not in the unit is not reached by what systemd does to that. */
static void signal_strays(Exec *exec, int signo) {
        if (exec->cgroup == NULL)
                return;
        strays_find(&exec->strays, exec->cgroup);
        strays_signal(&exec->strays, signo);
        if (exec->strays.n > 0)
                control_moved(&exec->control);
}

/* systemd has a CONT follow to the signal with which it stops a unit; to those of "systemctl kill" it does
 * not. */
static void take_signals(Exec *exec) {
        SignalAct act;
        Signal signal;

        while ((act = signals_next(exec->signals, exec->spec.header.stop_signal, &signal)) != SIGNAL_NONE) {
                bool of_manager = signal.sender == exec->config->manager;

                if (act == SIGNAL_CHILD)
                        exec->reap_due = true;
                if (act == SIGNAL_PASS)
                        tasks_kill(exec->tasks, EXEC_TASKS, signal.signo);
                if (act == SIGNAL_STOP)
                        pump_hurry(&exec->pump);
                if (act == SIGNAL_STOP || act == SIGNAL_PASS)
                        exec->stop_seen = exec->stop_seen || of_manager;
                if (act == SIGNAL_STOP && of_manager) {
                        exec->end_strays = true;
                        signal_strays(exec, signal.signo);
                }
                if (act == SIGNAL_CONTINUE)
                        exec->continue_seen = exec->continue_seen || of_manager;
        }
}

static void kill_all(Exec *exec, int signo) {
        if (exec->cgroup == NULL)
                return;
        cgroup_kill_others(exec->config->cgroup_root, exec->cgroup, signo);
        signal_strays(exec, signo);
}

static void take_control(Exec *exec) {
        int signo;

        while ((signo = control_receive(&exec->control)) > 0)
                if (exec->control.kill_all)
                        kill_all(exec, signo);
                else
                        tasks_kill(exec->tasks, EXEC_TASKS, signo);
}

static void take_notify(Exec *exec) {
        if (notify_receive(&exec->notify))
                control_status(&exec->control, exec->notify.status, exec->notify.status_length);
}

static void step_journal(Exec *exec, uint64_t now, bool died) {
        bool handled = exec->journal.handled;

        journal_step(&exec->journal, now, died);
        if (!handled && exec->journal.handled)
                pump_relax(&exec->pump);
}

static void reap(Exec *exec, uint64_t now) {
        Task *task;

        exec->reap_due = false;
        while ((task = task_reap(exec->tasks, EXEC_TASKS)) != NULL) {
                signal_strays(exec, 0); /* only to say that there are some */
                /* jobd-exec is told before the command is: if it was in time, it is known by now */
                task->report.stopped = exec->stop_seen && exec->continue_seen;
                pump_drain(&exec->pump, now);
        }
}

static void send_exit(Exec *exec, uint64_t now) {
        ExitReport *report = &exec->tasks[0].report; /* as its one task, the job ended */

        for (int i = 0; i < _STREAM_MAX; i++)
                report->bytes[i] = pump_written(&exec->pump, (Stream) i);
        cgroup_own_usage(exec->config->cgroup_root, &report->memory_peak, &report->cpu_usec);
        journal_commit(&exec->journal,
                       compose_exit(journal_reserve(&exec->journal, now), &exec->job, report), now);
        journal_end(&exec->journal);
        exec->exit_sent = true;
}

/* The journal moves, or there is nothing to wait for yet. */
static void reset_stall(Exec *exec) {
        exec->progress = exec->journal.progress;
        exec->stalled = exec->asked = exec->alone = 0;
        exec->control.give_up = false;
}

/*
 * Counts the time that this process has been waiting; not that in which it was frozen. That nothing is taken
 * from here may be for the crowd of others that write: jobd sees whether journald is at work at all. Without
 * a jobd nobody knows, and that has its end.
 */
static bool gives_up(Exec *exec, uint64_t now) {
        uint64_t waited = usec_min(now - exec->checked, CHECK_PAUSE), patience = exec->config->patience;

        exec->checked = now;
        if (!tasks_have_ended(exec->tasks, EXEC_TASKS) || exec->progress != exec->journal.progress) {
                reset_stall(exec);
                return false;
        }
        exec->stalled += waited;
        exec->alone = control_take_answer(&exec->control) ? 0 : exec->alone + waited;
        if (exec->stalled < patience)
                return false;
        if (exec->asked == 0 || exec->stalled >= exec->asked + patience / ASKS) {
                exec->asked = exec->stalled;
                control_stalled(&exec->control, exec->stalled);
        }
        return exec->control.give_up || exec->alone >= ALONE_MAX * patience;
}

static void step(Exec *exec, const struct pollfd fds[_POLL_MAX], uint64_t now) {
        bool readable[_STREAM_MAX] = { fds[POLL_STDOUT].revents != 0, fds[POLL_STDERR].revents != 0 };

        if (fds[POLL_SIGNALS].revents != 0)
                take_signals(exec);
        if (fds[POLL_CONTROL].revents != 0)
                take_control(exec);
        if (fds[POLL_LISTENER].revents != 0) /* after what the jobd before has still said */
                control_accept(&exec->control, now);
        for (unsigned i = 0; i < EXEC_TASKS; i++)
                if (command_starts(&exec->tasks[i].command))
                        control_started(&exec->control);
        if (exec->reap_due)
                reap(exec, now);
        if (fds[POLL_NOTIFY].revents != 0)
                take_notify(exec);

        supply_journal(&exec->journal, &exec->control, now);
        step_journal(exec, now, fds[POLL_JOURNALD].revents != 0);
        pump_step(&exec->pump, readable, exec->control.allowed, now);
        if (tasks_have_ended(exec->tasks, EXEC_TASKS) && !exec->exit_sent && pump_is_done(&exec->pump) &&
            journal_is_ready(&exec->journal))
                send_exit(exec, now);

        if (journal_is_ready(&exec->journal))
                control_hint(&exec->control, exec->pump.sent);
        control_step(&exec->control, now);
}

/* Until the exit record has been handled by journald, or journald is given up: true or false. */
static bool loop(Exec *exec) {
        for (;;) {
                struct pollfd fds[_POLL_MAX];
                uint64_t now;

                wait_for_events(exec, fds);
                now = clock_usec();
                step(exec, fds, now);
                if (exec->exit_sent && exec->journal.handled)
                        return true;
                if (gives_up(exec, now))
                        return false;
        }
}

static int finish(Exec *exec, bool handled) {
        const ExitReport *report = &exec->tasks[0].report;
        uint64_t written[_STREAM_MAX];

        for (int i = 0; i < _STREAM_MAX; i++)
                written[i] = pump_written(&exec->pump, (Stream) i);
        if (exec->cgroup != NULL && (exec->end_strays || !cgroup_has(getpid(), exec->cgroup)))
                strays_kill(&exec->strays, exec->cgroup); /* as systemd does with what is left in the unit */
        /* systemd sends what is left in the unit that signal, too; background commands of a shell do not
         * heed INT, and would hold the unit until its stop time-out */
        if (exec->cgroup != NULL && exec->spec.header.stop_signal != SIGTERM)
                cgroup_kill_others(exec->config->cgroup_root, exec->cgroup, SIGTERM);
        control_done(&exec->control, handled ? 0 : CONTROL_DONE_GAVE_UP, written);

        switch (report->ending) {
        case ENDING_FAILED:
                return report->step == EXEC_STEP_CHDIR ? EXEC_EXIT_CHDIR : EXEC_EXIT_EXEC;
        case ENDING_CANCELLED:
                end_by_signal(SIGTERM);
        case ENDING_WAITED:
                break;
        }
        end_like(report->wait_status);
}

int exec_run(const ExecConfig *config, int argc, char **argv) {
        Exec exec;
        int r;

        /* The command runs as the same user: it must not trace us and send records in our name. */
        (void) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

        r = start_init(&exec, config, argc, argv);
        if (r != 0)
                return r == -EALREADY ? EXEC_EXIT_AGAIN : r;
        r = start_wait_for_journal(&exec);
        if (r < 0) {
                control_done(&exec.control, CONTROL_DONE_GAVE_UP, exec.pump.sent);
                if (r == -ECANCELED)
                        end_by_signal(SIGTERM);
                return EXEC_EXIT_JOURNAL;
        }

        exec.checked = clock_usec();
        journal_commit(&exec.journal, compose_start(journal_reserve(&exec.journal, exec.checked), &exec.job),
                       exec.checked);
        start_command(&exec);
        return finish(&exec, loop(&exec));
}
