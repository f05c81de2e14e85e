/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "jobs/save.h"
#include "jobs/work-internal.h"
#include "output/meeting.h"
#include "wire/names.h"

/* What jobd-exec says of a running job on its control socket, and what the collector finds of it in the
 * journal. */

static void on_hello(Channel *channel, pid_t pid, void *userdata) {
        Work *work = userdata;

        work->greeted = jobs_now();
        job_set_main_pid(work->job, pid);
        collector_set_pid(work->jobs->collector, work->job->id, pid);
}

static void on_started(Channel *channel, void *userdata) {
        work_has_started(userdata);
}

static void on_hint(Channel *channel, const uint64_t bytes[2], void *userdata) {
        Work *work = userdata;

        collector_hint(work->jobs->collector, work->job->id, bytes);
}

static void on_done(Channel *channel, uint32_t flags, const uint64_t bytes[2], void *userdata) {
        Work *work = userdata;

        work->command_over = true;
        collector_done(work->jobs->collector, work->job->id, flags, bytes);
}

static void on_stalled(Channel *channel, uint64_t usec, void *userdata) {
        Work *work = userdata;
        bool wait = collector_journal_moves(work->jobs->collector, usec);

        if (!wait)
                log_job(LOG_WARNING, work->job->id, 0,
                        "the journal takes nothing any more, its last output may be lost");
        channel_answer(channel, wait);
}

static void on_status(Channel *channel, const char *text, void *userdata) {
        Work *work = userdata;

        job_set_status_message(work->job, text);
}

static void on_moved(Channel *channel, void *userdata) {
        const Work *work = userdata;

        log_job(LOG_WARNING, work->job->id, 0,
                "processes of it have moved out of its unit: its limits do not hold for them, and they "
                "may go on when it ends, unless it is stopped");
}

static void on_closed(Channel *channel, void *userdata) {
        Work *work = userdata;

        work->channel = NULL;
        work->hung_up = true;
        channel_free(channel);
}

const ChannelEvents work_channel_events = {
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
        Work *work = work_find(userdata, id);

        if (!work)
                return;
        jobs_tell_damage(work->jobs, work->job);
        job_output_changed(work->job);
}

static void on_acknowledge(JobId id, uint64_t cached, uint64_t allowed, void *userdata) {
        Work *work = work_find(userdata, id);

        /* −EPIPE: it has ended; the unit will say so */
        if (work && work->channel)
                (void) channel_acknowledge(work->channel, cached, allowed);
}

static void take_exit(Work *work, const ExitRecord *exit) {
        if (!exit)
                return;
        work->exit = (ExitStatus){
                .known = true,
                .cancelled = exit->kind == EXIT_CANCELLED,
                .stopped = exit->stopped,
                .wait_status = exit->wait_status,
                .exec_errno = exit->kind == EXIT_NO_EXEC ? exit->error : 0,
                .step = exit->step,
        };
        job_set_usage(work->job, exit->cpu_usec, exit->memory_peak);
}

static void on_exited(JobId id, const ExitRecord *exit, void *userdata) {
        Work *work = work_find(userdata, id);

        if (!work)
                return;
        jobs_tell_damage(work->jobs, work->job);
        take_exit(work, exit);
        work->output_over = true;
        if (work->unit_over)
                work_finish(work);
}

static void on_trouble(JobId id, int r, void *userdata) {
        if (r < 0)
                log_job(LOG_ERR, id, r,
                        "its output cannot be written to the cache; it stays in the journal");
        else
                log_job(LOG_NOTICE, id, 0, "its output can be written again");
}

static void on_pid_found(JobId id, pid_t pid, void *userdata) {
        Work *work = work_find(userdata, id);

        if (work && pid > 0)
                job_set_main_pid(work->job, pid);
}

const CollectorEvents work_collector_events = {
        .progress = on_progress,
        .acknowledge = on_acknowledge,
        .exited = on_exited,
        .trouble = on_trouble,
        .pid_found = on_pid_found,
};

int work_collect(Work *work, bool restarted) {
        Job *job = work->job;

        return collector_add(work->jobs->collector,
                             &(CollectorJob){
                                             .id = job->id,
                                             .uuid = job->uuid,
                                             .uid = job->uid,
                                             .pid = job->main_pid,
                                             .state = &job->output,
                                             .limit = job_request_output_limit(work->job->request),
                                             .restarted = restarted,
                             });
}

/* Without it the job runs as well; not with a shortage that passes. */
static int send_listener(Work *work) {
        g_auto(Fd) listener = -1;
        int r;

        r = meeting_open(work->jobs->places.meeting_dir, work->job->uuid, &listener);
        if (r >= 0)
                r = channel_send_listener(work->channel, listener);
        if (error_is_shortage(r))
                return r;
        if (r < 0)
                log_job(LOG_WARNING, work->job->id, r,
                        "once jobd is stopped, it cannot be reached any more");
        return 0;
}

int work_watch(Work *work, Fd *fd) {
        int r = channel_new(work->jobs->event, *fd, JOBD_JOURNAL_SOCKET, &work_channel_events, work,
                            &work->channel);

        if (r >= 0)
                *fd = -1;
        return r;
}

int work_store_channel(Work *work) {
        return notifier_store_job(work->jobs->notifier, work->job->id, channel_fd(work->channel));
}

int work_open_channel(Work *work, Fd *ret_exec) {
        g_auto(Fd) daemon_end = -1;
        int r;

        r = channel_pair(&daemon_end, ret_exec);
        if (r < 0)
                return r;
        r = work_watch(work, &daemon_end);
        if (r >= 0)
                r = send_listener(work);
        if (r < 0)
                return r;
        /* it is there when jobd-exec starts, though this jobd may not be there any more */
        r = channel_send_journal(work->channel);
        if (r < 0)
                return r;
        return work_store_channel(work);
}
