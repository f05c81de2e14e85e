/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/run-internal.h"
#include "output/meeting.h"
#include "wire/names.h"

/* What jobd-exec says of a running job on its control socket, and what the collector finds of it in the
 * journal. */

static void on_hello(Channel *channel, pid_t pid, void *userdata) {
        Run *run = userdata;

        run->greeted = manager_now();
        run->job->main_pid = pid;
        collector_set_pid(run->manager->collector, run->job->id, pid);
}

static void on_started(Channel *channel, void *userdata) {
        run_has_started(userdata);
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

static void on_stalled(Channel *channel, uint64_t usec, void *userdata) {
        Run *run = userdata;
        bool wait = collector_journal_moves(run->manager->collector, usec);

        if (!wait)
                log_job(LOG_WARNING, run->job->id, 0,
                        "the journal takes nothing any more, its last output may be lost");
        channel_answer(channel, wait);
}

static void on_status(Channel *channel, const char *text, void *userdata) {
        Run *run = userdata;

        job_set_status_message(run->job, text);
}

static void on_moved(Channel *channel, void *userdata) {
        const Run *run = userdata;

        log_job(LOG_WARNING, run->job->id, 0,
                "processes of it have moved out of its unit: its limits do not hold for them, and they "
                "may go on when it ends, unless it is stopped");
}

static void on_closed(Channel *channel, void *userdata) {
        Run *run = userdata;

        run->channel = NULL;
        run->hung_up = true;
        channel_free(channel);
}

const ChannelEvents run_channel_events = {
        .hello = on_hello,
        .started = on_started,
        .hint = on_hint,
        .done = on_done,
        .stalled = on_stalled,
        .status = on_status,
        .moved = on_moved,
        .closed = on_closed,
};

static void on_progress(JobId id, void *userdata) {
        Run *run = run_find(userdata, id);

        if (!run)
                return;
        manager_tell_damage(run->manager, run->job);
        job_output_changed(run->job);
}

static void on_acknowledge(JobId id, uint64_t cached, uint64_t allowed, void *userdata) {
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
                .stopped = exit->stopped,
                .wait_status = exit->wait_status,
                .exec_errno = exit->kind == EXIT_NO_EXEC ? exit->error : 0,
                .chdir_failed = exit->step == EXEC_STEP_CHDIR,
                .no_interpreter = exit->step == EXEC_STEP_INTERPRETER,
        };
        job->memory_peak = exit->memory_peak;
        if (exit->cpu_usec < UINT64_MAX / 1000)
                job->cpu_usage_nsec = exit->cpu_usec * 1000;
}

static void on_exited(JobId id, const ExitRecord *exit, void *userdata) {
        Run *run = run_find(userdata, id);

        if (!run)
                return;
        manager_tell_damage(run->manager, run->job);
        take_exit(run, exit);
        run->output_over = true;
        if (run->unit_over)
                run_finish(run);
}

static void on_trouble(JobId id, int r, void *userdata) {
        if (r < 0)
                log_job(LOG_ERR, id, r,
                        "its output cannot be written to the cache; it stays in the journal");
        else
                log_job(LOG_NOTICE, id, 0, "its output can be written again");
}

static void on_pid_found(JobId id, pid_t pid, void *userdata) {
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

int run_collect(Run *run, bool restarted) {
        Job *job = run->job;

        return collector_add(run->manager->collector,
                             &(CollectorJob){
                                             .id = job->id,
                                             .uuid = job->uuid,
                                             .uid = job->uid,
                                             .pid = job->main_pid,
                                             .state = &job->output,
                                             .limit = job_request_output_limit(run->job->request),
                                             .restarted = restarted,
                             });
}

/* Without it the job runs as well; not with a shortage that passes. */
static int send_listener(Run *run) {
        g_auto(Fd) listener = -1;
        int r;

        r = meeting_open(run->manager->meeting_dir, run->job->uuid, &listener);
        if (r >= 0)
                r = channel_send_listener(run->channel, listener);
        if (error_is_shortage(r))
                return r;
        if (r < 0)
                log_job(LOG_WARNING, run->job->id, r, "once jobd is stopped, it cannot be reached any more");
        return 0;
}

int run_watch(Run *run, Fd *fd) {
        int r = channel_new(run->manager->event, *fd, JOBD_JOURNAL_SOCKET, &run_channel_events, run,
                            &run->channel);

        if (r >= 0)
                *fd = -1;
        return r;
}

int run_store_channel(Run *run) {
        return notifier_store_job(run->manager->notifier, run->job->id, channel_fd(run->channel));
}

int run_open_channel(Run *run, Fd *ret_exec) {
        g_auto(Fd) daemon_end = -1;
        int r;

        r = channel_pair(&daemon_end, ret_exec);
        if (r < 0)
                return r;
        r = run_watch(run, &daemon_end);
        if (r >= 0)
                r = send_listener(run);
        if (r < 0)
                return r;
        /* it is there when jobd-exec starts, though this jobd may not be there any more */
        r = channel_send_journal(run->channel);
        if (r < 0)
                return r;
        return run_store_channel(run);
}
