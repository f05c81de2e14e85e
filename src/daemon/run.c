/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/user.h"
#include "build-config.h"
#include "daemon/queue.h"
#include "daemon/run.h"
#include "daemon/spec.h"
#include "output/channel.h"

struct Run {
        Manager *manager;
        Job *job;
        Unit *unit;
        Channel *channel;
        bool unit_over, output_over;
        bool command_over; /* jobd-exec says so */
        bool in_doubt;     /* adopted; whether systemd got it is not known */
        uint64_t greeted;  /* when jobd-exec said hello, 0 if it has not */
        UnitEnd unit_end;
        ExitStatus exit;
        char *start_error;
};

Run *run_find(Manager *manager, uint32_t id) {
        return g_hash_table_lookup(manager->runs, GUINT_TO_POINTER(id));
}

void run_free(Run *run) {
        collector_remove(run->manager->collector, run->job->id);
        g_clear_pointer(&run->unit, unit_release);
        g_clear_pointer(&run->channel, channel_free);
        g_free(run->start_error);
        g_free(run);
}

static Run *run_new(Manager *manager, Job *job) {
        Run *run = g_new0(Run, 1);

        run->manager = manager;
        run->job = job;
        g_hash_table_insert(manager->runs, GUINT_TO_POINTER(job->id), run);
        return run;
}

/* The end of any job. */
static void finish_job(Manager *manager, Job *job, const OutcomeInput *known) {
        g_autofree char *stopper = job->stop_requested ? user_dup_name(job->stopped_by) : NULL;
        uint64_t now = manager_now(), stop = job->stop_requested ? job->stop_requested : now;
        g_auto(Outcome) outcome = {};
        OutcomeInput input = *known;
        int r;

        input.stop_requested = job->stop_requested != 0;
        input.stopped_by = stopper;
        input.ran_usec = job->begun && stop > job->begun ? stop - job->begun : 0;
        input.other_boot = strcmp(job->boot_id, manager->boot_id) != 0;
        outcome_decide(&input, job->request, &outcome);
        /* whoever has completed has run, though nobody is left who saw it begin */
        if (job->state == JOB_NOT_STARTED && outcome.state == JOB_COMPLETED)
                (void) job_set_state(job, JOB_RUNNING, now);
        r = job_finish(job, &outcome, now);
        if (r < 0)
                log_job(LOG_ERR, job->id, r, "cannot go from %s to %s", job_state_to_string(job->state),
                        job_state_to_string(outcome.state));
}

/* Whether the command may have run. Without an exit record, only a jobd-exec that did not come so far says no. */
static bool has_run(const Run *run) {
        return run->exit.known ? !run->exit.cancelled : run->greeted != 0;
}

/* An earlier jobd was killed between its call to systemd and the answer, and there is no trace of the job. */
static bool never_arrived(const Run *run) {
        return run->in_doubt && !run->start_error && !run->unit_end.known && !run->exit.known &&
               run->job->main_pid == 0;
}

static void finish(Run *run) {
        Manager *manager = run->manager;
        Job *job = run->job;
        OutcomeInput input = { .exit = run->exit, .unit = run->unit_end, .start_error = run->start_error };

        if (never_arrived(run)) {
                g_hash_table_remove(manager->runs, GUINT_TO_POINTER(job->id));
                queue_push_unsent(manager, job);
                queue_run_soon(manager);
                return;
        }
        store_remove_spec(&manager->store, job->id);
        /* It ran and ended between two looks, or while it was being stopped: it has begun, too. */
        if (job->begun == 0 && has_run(run)) {
                uint64_t begun = run->greeted ? run->greeted : manager_now();

                if (job->state == JOB_NOT_STARTED)
                        (void) job_set_state(job, JOB_RUNNING, begun);
                else
                        job->begun = begun;
        }
        finish_job(manager, job, &input);
        /* frees the run */
        g_hash_table_remove(manager->runs, GUINT_TO_POINTER(job->id));
        queue_run_soon(manager);
}

void run_finish_unstarted(Manager *manager, Job *job, const char *start_error) {
        store_remove_spec(&manager->store, job->id);
        finish_job(manager, job,
                   &(OutcomeInput){ .start_error = start_error ? start_error : "it was stopped" });
}

static void on_running(pid_t main_pid, void *userdata) {
        Run *run = userdata;
        Job *job = run->job;

        job->main_pid = main_pid;
        collector_set_pid(run->manager->collector, job->id, main_pid);
        if (job->state == JOB_NOT_STARTED)
                (void) job_set_state(job, JOB_RUNNING, manager_now());
        manager_save(run->manager, job);
        store_remove_spec(&run->manager->store, job->id);
}

static void on_ended(const UnitEnd *end, const char *start_error, void *userdata) {
        Run *run = userdata;
        Collector *collector = run->manager->collector;
        bool ran = (end->known && end->main_code != 0) || (!end->known && !start_error);

        run->unit_over = true;
        run->unit_end = *end;
        run->start_error = g_strdup(start_error);
        if (run->output_over || !ran) {
                finish(run);
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
        g_hash_table_remove(manager->runs, GUINT_TO_POINTER(job->id));
        queue_postpone(manager, job);
}

static const UnitHandler unit_handler = {
        .running = on_running,
        .ended = on_ended,
        .refused = on_refused,
};

static void on_hello(Channel *channel, pid_t pid, void *userdata) {
        Run *run = userdata;

        run->greeted = manager_now();
        run->job->main_pid = pid;
        collector_set_pid(run->manager->collector, run->job->id, pid);
}

static void on_hint(Channel *channel, const uint64_t bytes[2], void *userdata) {
        Run *run = userdata;

        collector_hint(run->manager->collector, run->job->id, bytes);
}

static void on_done(Channel *channel, uint32_t flags, const uint64_t bytes[2], void *userdata) {
        Run *run = userdata;

        run->command_over = true;
        collector_done(run->manager->collector, run->job->id, flags, bytes);
}

static void on_status(Channel *channel, const char *text, void *userdata) {
        Run *run = userdata;

        job_set_status_message(run->job, text);
}

static void on_closed(Channel *channel, void *userdata) {
        Run *run = userdata;

        run->channel = NULL;
        channel_free(channel);
}

static const ChannelEvents channel_events = {
        .hello = on_hello,
        .hint = on_hint,
        .done = on_done,
        .status = on_status,
        .closed = on_closed,
};

static void on_progress(uint32_t id, void *userdata) {
        Run *run = run_find(userdata, id);

        if (run)
                job_output_changed(run->job);
}

static void on_acknowledge(uint32_t id, uint64_t cached, uint64_t allowed, void *userdata) {
        Run *run = run_find(userdata, id);

        /* −EPIPE: it has ended; the unit will say so */
        if (run && run->channel)
                (void) channel_acknowledge(run->channel, cached, allowed);
}

static void take_exit(Run *run, const ExitRecord *exit) {
        Job *job = run->job;

        if (!exit)
                return;
        run->exit = (ExitStatus){
                .known = true,
                .cancelled = exit->kind == EXIT_CANCELLED,
                .wait_status = exit->wait_status,
                .exec_errno = exit->kind == EXIT_NO_EXEC ? exit->error : 0,
                .chdir_failed = exit->step == EXIT_STEP_CHDIR,
        };
        job->memory_peak = exit->memory_peak;
        if (exit->cpu_usec < UINT64_MAX / 1000)
                job->cpu_usage_nsec = exit->cpu_usec * 1000;
}

static void on_exited(uint32_t id, const ExitRecord *exit, void *userdata) {
        Run *run = run_find(userdata, id);

        if (!run)
                return;
        take_exit(run, exit);
        run->output_over = true;
        if (run->unit_over)
                finish(run);
}

static void on_trouble(uint32_t id, int r, void *userdata) {
        if (r < 0)
                log_job(LOG_ERR, id, r,
                        "its output cannot be written to the cache; it stays in the journal");
        else
                log_job(LOG_NOTICE, id, 0, "its output can be written again");
}

static void on_pid_found(uint32_t id, pid_t pid, void *userdata) {
        Run *run = run_find(userdata, id);

        if (run && pid > 0)
                run->job->main_pid = pid;
}

const CollectorEvents run_collector_events = {
        .progress = on_progress,
        .acknowledge = on_acknowledge,
        .exited = on_exited,
        .trouble = on_trouble,
        .pid_found = on_pid_found,
};

static int collect(Run *run, bool restarted) {
        Job *job = run->job;

        return collector_add(run->manager->collector, &(CollectorJob){
                                                                      .id = job->id,
                                                                      .uuid = job->uuid,
                                                                      .uid = job->uid,
                                                                      .pid = job->main_pid,
                                                                      .state = &job->output,
                                                                      .limit = job->request->output_limit,
                                                                      .restarted = restarted,
                                                      });
}

static int open_channel(Run *run, Fd *ret_exec) {
        g_auto(Fd) daemon_end = -1;
        int r;

        r = channel_pair(&daemon_end, ret_exec);
        if (r < 0)
                return r;
        r = channel_new(run->manager->event, daemon_end, &channel_events, run, &run->channel);
        if (r < 0)
                return r;
        daemon_end = -1;
        return notifier_store_job(run->manager->notifier, run->job->id, channel_fd(run->channel));
}

static int open_input(Job *job) {
        if (job->request->standard_input >= 0)
                return 0;
        job->request->standard_input = open("/dev/null", O_RDONLY | O_CLOEXEC);
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
                r = open_channel(run, &control_fd);
        if (r >= 0)
                r = collect(run, false);
        if (r < 0)
                return r;
        r = unit_start(manager->units,
                       &(UnitSettings){
                                       .id = job->id,
                                       .uuid = job->uuid,
                                       .uid = job->uid,
                                       .exec_path = JOBD_EXEC_PATH,
                                       .spec_fd = spec_fd,
                                       .control_fd = control_fd,
                                       .input_fd = job->request->standard_input,
                                       .runtime_max_usec = job->request->runtime_max_usec,
                                       .stop_timeout_usec = job->request->stop_timeout_usec,
                                       .nice = job->request->nice,
                       },
                       &unit_handler, run, &run->unit);
        /* sent: neither descriptor nor the environment's values are needed here any more */
        fd_clear(&job->request->standard_input);
        return r;
}

void run_start(Manager *manager, Job *job, GBytes *stored_spec) {
        g_autoptr(GBytes) spec = stored_spec ? g_bytes_ref(stored_spec) : spec_compose(job);
        Run *run = run_new(manager, job);
        int r;

        g_strlcpy(job->boot_id, manager->boot_id,
                  sizeof(job->boot_id)); /* it may have waited over a reboot */
        r = start(run, spec);
        if (r >= 0)
                return;
        g_hash_table_remove(manager->runs, GUINT_TO_POINTER(job->id));
        run_finish_unstarted(manager, job, g_strerror(-r));
}

void run_take_socket(Manager *manager, uint32_t id, int fd) {
        Job *job = job_table_find(manager->jobs, id);
        g_auto(Fd) taken = fd;
        Run *run;

        if (!job || job_is_finished(job) || run_find(manager, id))
                return;
        run = run_new(manager, job);
        if (channel_new(manager->event, taken, &channel_events, run, &run->channel) < 0)
                log_job(LOG_WARNING, id, 0, "its control socket cannot be used");
        else
                taken = -1;
}

void run_adopt(Manager *manager, Job *job, bool in_doubt) {
        Run *run = run_find(manager, job->id);
        int r;

        if (!run)
                run = run_new(manager, job);
        run->in_doubt = in_doubt;
        r = collect(run, true);
        if (r < 0) {
                log_job(LOG_ERR, job->id, r, "its output cannot be collected");
                run->output_over = true; /* the job goes on, and systemd tells its end */
                run->in_doubt = false;   /* the journal cannot be asked whether it ran */
        }
        r = unit_adopt(manager->units, job->id, job->uuid, &unit_handler, run, &run->unit);
        if (r < 0) {
                g_hash_table_remove(manager->runs, GUINT_TO_POINTER(job->id));
                finish_job(manager, job, &(OutcomeInput){});
                return;
        }
        if (job->stop_requested) /* saved before it was asked for */
                (void) unit_stop(run->unit);
        collector_acknowledge(manager->collector, job->id);
}

bool run_is_over(const Run *run) {
        return run->unit_over || run->exit.known || run->command_over;
}

int run_stop(Run *run) {
        return unit_stop(run->unit);
}

int run_kill(Run *run, int signo) {
        int r = run->channel ? channel_kill(run->channel, signo) : -EPIPE;

        return r == -EPIPE ? -JOBD_E_NOT_RUNNING : r;
}
