/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/log.h"
#include "base/user.h"
#include "build-config.h"
#include "daemon/queue.h"
#include "daemon/run-internal.h"
#include "jobs/spec.h"
#include "model/raw-properties.h"
#include "output/meeting.h"
#include "wire/names.h"

#define START_ERROR_MAX 512U /* bytes of systemd's words in a reason */

Run *run_find(Manager *manager, JobId id) {
        return job_map_get(manager->runs, id);
}

void run_free(Run *run) {
        tally_subtract(run->manager->n_running, run->job->owner, 1);
        collector_remove(run->manager->collector, run->job->id);
        g_clear_pointer(&run->unit, unit_release);
        g_clear_pointer(&run->channel, channel_free);
        fd_clear(&run->stored);
        g_free(run->start_error);
        g_free(run);
}

Run *run_new(Manager *manager, Job *job) {
        Run *run = g_new0(Run, 1);

        run->manager = manager;
        run->job = job;
        run->stored = -1;
        run->adopted = true;
        job_map_set(manager->runs, job->id, run);
        tally_add(manager->n_running, job->owner, 1);
        return run;
}

/* The end of any job. `unit`: taken; NULL for none. */
static void settle_job(Manager *manager, Job *job, const OutcomeInput *known, Unit *unit) {
        g_autofree char *stopper = job->stop_requested && job->stopped_by != UID_INVALID
                                                   ? user_dup_name(job->stopped_by)
                                                   : NULL;
        uint64_t now = manager_now(), stop = job->stop_requested ? job->stop_requested : now;
        g_auto(Outcome) outcome = {};
        OutcomeInput input = *known;
        Job foreseen;
        int r;

        meeting_remove(manager->meeting_dir, job->uuid);
        input.stop_requested = job->stop_requested != 0;
        input.stopped_by = stopper;
        input.ran_usec = job->begun && stop > job->begun ? stop - job->begun : 0;
        input.other_boot = strcmp(job->boot_id, manager->boot_id) != 0;
        input.going_down = unit_driver_is_going_down(manager->units);
        outcome_decide(&input, job->request, &outcome);
        /* whoever has completed has run, though nobody is left who saw it begin */
        if (job->state == JOB_NOT_STARTED && outcome.state == JOB_COMPLETED)
                (void) job_set_state(job, JOB_RUNNING, now);
        r = job_settle(job, &outcome, now);
        if (r < 0) {
                log_job(LOG_ERR, job->id, r, "cannot go from %s to %s", job_state_to_string(job->state),
                        job_state_to_string(outcome.state));
                g_clear_pointer(&unit, unit_release);
                return;
        }
        /* the trail first: killed in between, the next jobd finds the job unfinished, and writes it once
         * more */
        foreseen = job_foreseen(job);
        audit_job_changed(manager->audit, &foreseen, job->state);
        endings_add(manager->endings, job, unit);
        manager_save(manager, job);
}

/* Whether the command may have run. Without an exit record, only a jobd-exec that did not come so far says
 * no. */
static bool has_run(const Run *run) {
        return run->exit.known ? !run->exit.cancelled && run->exit.exec_errno == 0 : run->greeted != 0;
}

void run_has_started(Run *run) {
        Job *job = run->job;

        if (run->started)
                return;
        run->started = manager_now();
        if (job->state != JOB_NOT_STARTED)
                return;
        (void) job_set_state(job, JOB_RUNNING, run->started);
        manager_save(run->manager, job);
}

/* Without a control socket nobody will say more; but of one that could not execute anything, systemd may
 * tell only now that it was active. */
void run_check_started(Run *run) {
        if (run->unit_runs && !run->channel && !run->hung_up && run->unreached == 0)
                run_has_started(run);
}

/* Whether somebody else's stop ended it: not if the command had ended before; jobd-exec knows that best. Of
 * a unit that is gone it is the only one to ask. */
static bool was_stopped_by_others(const Run *run) {
        if (run->exit.known && !run->exit.cancelled && !run->exit.stopped)
                return false;
        return run->unit_stopped || run->job->stop_requested || (run->exit.stopped && !run->unit_end.known);
}

static void settle_stop(Run *run) {
        Job *job = run->job;

        if (job->stop_requested && job->stopped_by != UID_INVALID)
                return; /* jobd was asked */
        if (!was_stopped_by_others(run))
                job->stop_requested = 0;
        else if (!job->stop_requested)
                job->stop_requested = manager_now();
        job->stopped_by = UID_INVALID;
}

/* An earlier jobd was killed between its call to systemd and the answer, and there is no trace of the
 * job. */
static bool never_arrived(const Run *run) {
        return run->in_doubt && !run->start_error && !run->unit_end.known && !run->exit.known &&
               run->job->main_pid == 0;
}

void run_finish(Run *run) {
        Manager *manager = run->manager;
        Job *job = run->job;
        OutcomeInput input = { .exit = run->exit, .unit = run->unit_end, .start_error = run->start_error };

        if (never_arrived(run)) {
                job_map_remove(manager->runs, job->id);
                queue_push_unsent(manager, job);
                queue_run_soon(manager);
                return;
        }
        store_remove_spec(&manager->store, job->id);
        /* It ran and ended between two looks, or while it was being stopped: it has begun, too. */
        if (job->begun == 0 && has_run(run)) {
                uint64_t begun = run->started ? run->started : run->greeted ? run->greeted : manager_now();

                if (job->state == JOB_NOT_STARTED)
                        (void) job_set_state(job, JOB_RUNNING, begun);
                else
                        job->begun = begun;
        }
        settle_stop(run);
        settle_job(manager, job, &input, g_steal_pointer(&run->unit));
        /* frees the run */
        job_map_remove(manager->runs, job->id);
        queue_run_soon(manager);
}

void run_finish_unstarted(Manager *manager, Job *job, const char *start_error) {
        store_remove_spec(&manager->store, job->id);
        settle_job(manager, job,
                   &(OutcomeInput){ .start_error = start_error ? start_error : "it was stopped" }, NULL);
}

static void on_running(pid_t main_pid, void *userdata) {
        Run *run = userdata;
        Job *job = run->job;

        job->main_pid = main_pid;
        collector_set_pid(run->manager->collector, job->id, main_pid);
        run->unit_runs = true;
        run_check_started(run);
        manager_save(run->manager, job);
        store_remove_spec(&run->manager->store, job->id);
}

/* Somebody asked systemd for it, not jobd; by whom it does not tell. */
static void on_stopping(void *userdata) {
        Run *run = userdata;
        Job *job = run->job;

        run->unit_stopped = true;
        if (job->stop_requested || run_is_over(run))
                return;
        job->stop_requested = manager_now();
        job->stopped_by = UID_INVALID;
        (void) job_set_state(job, JOB_STOPPING, job->stop_requested);
        manager_save(run->manager, job);
}

static void on_ended(const UnitEnd *end, const char *start_error, void *userdata) {
        Run *run = userdata;
        Collector *collector = run->manager->collector;
        bool ran = (end->known && end->main_code != 0) || (!end->known && !start_error);

        run->unit_stopped = run->unit_stopped || end->stopped;
        run->unit_over = true;
        run->unit_end = *end;
        if (start_error)
                run->start_error = raw_properties_redact(run->job->request->properties, start_error,
                                                         START_ERROR_MAX);
        if (run->output_over || !ran) {
                run_finish(run);
                return;
        }
        if (run->job->main_pid == 0)
                collector_find_pid(collector, run->job->id);
        collector_finish(collector, run->job->id);
}

static void on_refused(void *userdata) {
        Run *run = userdata;
        Manager *manager = run->manager;
        Job *job = run->job;

        /* frees the run */
        job_map_remove(manager->runs, job->id);
        queue_postpone(manager, job, 0);
}

const UnitHandler run_unit_handler = {
        .running = on_running,
        .stopping = on_stopping,
        .ended = on_ended,
        .refused = on_refused,
};

/* jobd's own standard input is the machine's /dev/null. The one that jobd sees in its box goes with jobd,
 * and what checks paths, as AppArmor does, knows it not. */
static int open_null(void) {
        struct stat st;
        bool null = fstat(STDIN_FILENO, &st) >= 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);

        return open(null ? "/proc/self/fd/0" : "/dev/null", O_RDONLY | O_CLOEXEC);
}

static int open_input(Job *job) {
        if (job->request->standard_input >= 0)
                return 0;
        job->request->standard_input = open_null();
        return job->request->standard_input < 0 ? -errno : 0;
}

static int start(Run *run, GBytes *spec) {
        Manager *manager = run->manager;
        Job *job = run->job;
        g_auto(Fd) spec_fd = -1, control_fd = -1;
        int r;

        r = spec_open(spec, &spec_fd);
        if (r >= 0)
                r = open_input(job);
        if (r >= 0)
                r = run_open_channel(run, &control_fd);
        if (r >= 0)
                r = run_collect(run, false);
        if (r < 0)
                return r;
        r = unit_start(manager->units,
                       &(UnitSettings){
                                       .id = job->id,
                                       .uuid = job->uuid,
                                       .uid = job->uid,
                                       .gid = job->request->gid,
                                       .exec_path = JOBD_EXEC_PATH,
                                       .spec_fd = spec_fd,
                                       .control_fd = control_fd,
                                       .input_fd = job->request->standard_input,
                                       .values = job->request->values,
                                       .properties = job->request->properties,
                       },
                       &run_unit_handler, run, &run->unit);
        return r;
}

void run_start(Manager *manager, Job *job, GBytes *stored_spec) {
        g_autoptr(GBytes) spec = stored_spec ? g_bytes_ref(stored_spec) : spec_compose(job);
        Run *run = run_new(manager, job);
        int r;

        g_strlcpy(job->boot_id, manager->boot_id,
                  sizeof(job->boot_id)); /* it may have waited over a reboot */
        r = start(run, spec);
        /* sent: it is not needed here any more. Where it waits, what was given to the job is kept, our own
         * is not */
        if (r >= 0 || !job->request->had_input)
                fd_clear(&job->request->standard_input);
        if (r >= 0) {
                manager->shortage = 0;
                return;
        }
        job_map_remove(manager->runs, job->id);
        queue_cannot_start(manager, job, r);
}

bool run_is_over(const Run *run) {
        return run->unit_over || run->exit.known || run->command_over;
}

int run_stop(Run *run) {
        /* of one that is not adopted yet: it is then */
        return run->unit ? unit_stop(run->unit) : 0;
}

int run_kill(Run *run, int signo, bool all) {
        int r = !run->channel ? -EPIPE
                : all         ? channel_kill_all(run->channel, signo)
                              : channel_kill(run->channel, signo);

        if (r == -EPIPE && run->unreached < 0)
                return run->unreached;
        /* jobd-exec has ended, and what does not heed TERM holds the unit until its stop time-out */
        if (r == -EPIPE && all && run->unit)
                r = unit_kill(run->unit, signo);
        return r == -EPIPE ? -JOBD_E_NOT_RUNNING : r;
}
