/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/format.h"
#include "model/outcome.h"
#include "wire/exit-status.h"

void outcome_clear(Outcome *outcome) {
        g_clear_pointer(&outcome->reason, g_free);
}

char *signal_dup_name(int signo) {
        const char *abbreviation = sigabbrev_np(signo);

        if (abbreviation)
                return g_strdup(abbreviation);
        if (signo >= SIGRTMIN && signo <= SIGRTMAX)
                return g_strdup_printf("RTMIN+%i", signo - SIGRTMIN);
        return g_strdup_printf("%i", signo);
}

static void set(Outcome *outcome, JobState state, JobResult result, char *reason) {
        outcome->state = state;
        outcome->result = result;
        g_free(outcome->reason);
        outcome->reason = reason ? reason : g_strdup("");
}

/* The command's own end, from whoever knows it. */
static void from_wait_status(Outcome *o, int status, const JobRequest *request) {
        if (WIFSIGNALED(status)) {
                g_autofree char *name = signal_dup_name(WTERMSIG(status));

                o->exit_signal = WTERMSIG(status);
                set(o, JOB_FAILED, WCOREDUMP(status) ? JOB_RESULT_CORE_DUMP : JOB_RESULT_SIGNAL,
                    g_strdup_printf("killed by signal %s%s", name,
                                    WCOREDUMP(status) ? ", core dumped" : ""));
                return;
        }

        o->exit_code = WEXITSTATUS(status);
        if (job_request_is_success(request, o->exit_code))
                set(o, JOB_COMPLETED, JOB_RESULT_SUCCESS,
                    o->exit_code == 0 ? NULL : g_strdup_printf("exited with status %i", o->exit_code));
        else
                set(o, JOB_FAILED, JOB_RESULT_EXIT_CODE,
                    g_strdup_printf("exited with status %i", o->exit_code));
}

static void set_not_executed(Outcome *o, const ExitStatus *exit) {
        const char *why = exit->exec_errno == ENOEXEC ? "cannot execute binary file"
                                                      : g_strerror(exit->exec_errno);
        const char *what = "cannot be executed";

        o->exec_errno = exit->exec_errno;
        if (exit->step == EXEC_STEP_CHDIR)
                what = "its directory cannot be entered";
        else if (exit->step == EXEC_STEP_STREAMS)
                what = "its standard streams cannot be set up";
        else if (exit->step == EXEC_STEP_LIMITS)
                what = "its caller's limits cannot be set";
        else if (exit->step == EXEC_STEP_INTERPRETER)
                why = "its interpreter does not exist";
        set(o, JOB_FAILED, exit->step == EXEC_STEP_CHDIR ? JOB_RESULT_CHDIR_FAILED : JOB_RESULT_EXEC_FAILED,
            g_strdup_printf("%s: %s", what, why));
}

static void from_exit_record(Outcome *o, const ExitStatus *exit, const JobRequest *request) {
        if (exit->exec_errno > 0)
                set_not_executed(o, exit);
        else if (exit->cancelled)
                set(o, JOB_FAILED, JOB_RESULT_SIGNAL, g_strdup("killed by signal TERM before it ran"));
        else
                from_wait_status(o, exit->wait_status, request);
}

/* systemd.exec(5), "Process Exit Codes": what went wrong in the child of PID 1 before the command ran. */
static const char *setup_step(int status) {
        switch (status) {
        case 201:
                return "its nice level cannot be set";
        case 202:
                return "its file descriptors cannot be set up";
        case EXEC_EXIT_EXEC: /* without an exit record it is systemd's */
                return "jobd-exec cannot be executed";
        case EXEC_EXIT_MEMORY:
                return "out of memory";
        case EXEC_EXIT_SPEC:
                return "its description cannot be read";
        case EXEC_EXIT_JOURNAL:
                return "the journal cannot be reached";
        case 205:
                return "its resource limits cannot be set";
        case 216:
                return "its group cannot be set";
        case 217:
                return "its user does not exist";
        case 219:
                return "its cgroup cannot be set up";
        case 226:
                return "its mount namespace cannot be set up";
        default:
                return NULL;
        }
}

static void from_unit(Outcome *o, const UnitEnd *unit, const JobRequest *request) {
        switch (unit->main_code) {
        case CLD_EXITED:
                if (unit->main_status == EXEC_EXIT_CHDIR) {
                        set(o, JOB_FAILED, JOB_RESULT_CHDIR_FAILED,
                            g_strdup("its directory cannot be entered"));
                        break;
                }
                /* jobd-exec ends as the command did; without an exit record, 200 and more are systemd's
                 * own */
                if (setup_step(unit->main_status))
                        set(o, JOB_FAILED, JOB_RESULT_START_FAILED,
                            g_strdup_printf("cannot be started: %s", setup_step(unit->main_status)));
                else
                        from_wait_status(o, W_EXITCODE(unit->main_status & 0xff, 0), request);
                break;
        case CLD_KILLED:
        case CLD_DUMPED:
                from_wait_status(o,
                                 (unit->main_status & 0x7f) |
                                                 (unit->main_code == CLD_DUMPED ? WCOREFLAG : 0),
                                 request);
                break;
        default:
                set(o, JOB_FAILED, JOB_RESULT_START_FAILED,
                    g_strdup("cannot be started: systemd did not run it"));
        }
}

/* What systemd knows better than the exit record; false if its result is no such word. */
static bool from_unit_result(Outcome *o, const OutcomeInput *input, const JobRequest *request) {
        const UnitEnd *unit = &input->unit;

        if (!unit->known)
                return false;
        if (strcmp(unit->result, "timeout") == 0) {
                uint64_t most = job_values_number(request->values, JOB_OPTION_RUNTIME_MAX);
                g_autofree char *span = format_timespan(most);

                /* systemd has one word for several time-outs: also that of a stop, after which it sends
                 * KILL */
                if (most == REQUEST_USEC_INFINITY || (input->stop_requested && input->ran_usec < most))
                        return false;
                set(o, JOB_FAILED, JOB_RESULT_TIMEOUT, g_strdup_printf("ran longer than %s", span));
                return true;
        }
        if (strcmp(unit->result, "oom-kill") == 0) {
                set(o, JOB_FAILED, JOB_RESULT_OOM_KILL, g_strdup("ran out of memory"));
                return true;
        }
        if (strcmp(unit->result, "watchdog") == 0) {
                set(o, JOB_FAILED, JOB_RESULT_TIMEOUT, g_strdup("its watchdog ran out"));
                return true;
        }
        if (strcmp(unit->result, "resources") == 0) {
                set(o, JOB_FAILED, JOB_RESULT_START_FAILED, g_strdup("cannot be started: out of resources"));
                return true;
        }
        return false;
}

/* Where nobody asked jobd for it, a shutdown did; that is what a person wants to know. */
static void from_stop(Outcome *o, const OutcomeInput *input) {
        if (input->stopped_by)
                set(o, JOB_STOPPED, JOB_RESULT_STOPPED, g_strdup_printf("stopped by %s", input->stopped_by));
        else if (input->other_boot)
                set(o, JOB_FAILED, JOB_RESULT_LOST, g_strdup("the system was restarted while the job ran"));
        else if (input->going_down)
                set(o, JOB_FAILED, JOB_RESULT_LOST, g_strdup("the system was shut down while the job ran"));
        else
                set(o, JOB_STOPPED, JOB_RESULT_STOPPED, g_strdup("stopped with systemctl"));
}

void outcome_decide(const OutcomeInput *input, const JobRequest *request, Outcome *ret) {
        Outcome o = { .exit_code = -1 };

        /* the command's own status first: it is told even where something else decides the state */
        if (input->exit.known)
                from_exit_record(&o, &input->exit, request);
        else if (input->start_error)
                set(&o, JOB_FAILED, JOB_RESULT_START_FAILED,
                    g_strdup_printf("cannot be started: %s", input->start_error));
        else if (input->unit.known)
                from_unit(&o, &input->unit, request);
        else if (input->other_boot)
                set(&o, JOB_FAILED, JOB_RESULT_LOST, g_strdup("the system was restarted while the job ran"));
        else
                set(&o, JOB_FAILED, JOB_RESULT_LOST, g_strdup("its end was not recorded"));

        if (!from_unit_result(&o, input, request) && input->stop_requested)
                from_stop(&o, input);
        *ret = o;
}
