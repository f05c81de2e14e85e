/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue/queue.h"

#include <errno.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "jobs/settle.h"
#include "jobs/start.h"
#include "queue/line.h"
#include "queue/reasons.h"

#define PAUSE_USEC (UINT64_C(2) * 1000 * 1000)

/*
 * Each user's jobs wait in a line of their own, sorted by id, and the next to start is the first of one of
 * them: as many comparisons a start as there are users who wait, however many jobs they have there.
 */

static Line *line_of(const Queue *queue, uid_t owner) {
        return g_hash_table_lookup(queue->lines, GUINT_TO_POINTER(owner));
}

/* The job that is next; NULL if none may start. */
static Job *next_job(const Queue *queue) {
        QueueRoom room = queue_room(queue);
        guint n = g_hash_table_size(queue->lines), i = 0;
        g_autofree QueueUser *users = NULL;
        GHashTableIter iter;
        gpointer value;
        size_t next;

        if (!queue_has_room(&room))
                return NULL;
        users = g_new(QueueUser, n);
        g_hash_table_iter_init(&iter, queue->lines);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                const Line *line = value;

                users[i++] = (QueueUser){
                        .owner = line->owner,
                        .n_running = tally_get(queue->jobs->n_running, line->owner),
                        .first = line_first(line)->id,
                };
        }
        next = queue_pick(&room, users, n);
        return next < n ? line_first(line_of(queue, users[next].owner)) : NULL;
}

/* At the end, or, if it comes back, to its place. */
static void enqueue(Queue *queue, Job *job) {
        Line *line = line_of(queue, job->owner);

        if (!line) {
                line = line_new(job->owner);
                g_hash_table_insert(queue->lines, GUINT_TO_POINTER(job->owner), line);
        }
        reasons_refresh(queue, line);
        line_insert(line, job);
}

static void take_back(Queue *queue, Job *job) {
        if (jobs_unsend(queue->jobs, job))
                enqueue(queue, job);
}

static void withdraw(Queue *queue, const Job *job) {
        Line *line = line_of(queue, job->owner);

        if (!line)
                return;
        line_remove(line, job);
        if (line_is_empty(line))
                g_hash_table_remove(queue->lines, GUINT_TO_POINTER(job->owner));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Queue *queue = userdata;

        queue->paused = false;
        queue_run(queue);
        return 0;
}

static void run_in(Queue *queue, uint64_t usec) {
        int r = 0;

        if (!queue->run_timer)
                r = sd_event_add_time(queue->event, &queue->run_timer, CLOCK_MONOTONIC, 0, 1, on_timer,
                                      queue);
        if (r >= 0)
                r = sd_event_source_set_time_relative(queue->run_timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(queue->run_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error("Waiting jobs cannot be started: %s", g_strerror(-r));
}

/* The first start that succeeds, or finds nobody waiting, ends it. */
static bool start_again(void *userdata) {
        Queue *queue = userdata;

        queue->paused = false;
        queue_run(queue);
        return !queue->paused;
}

/* systemd takes no starts now, or (`shortage`: −errno) jobd lacks what it takes, or the disk does not
 * answer. Nothing is started for a moment; if that does not help, for longer and longer. */
static void postpone(Queue *queue, Job *job, int shortage) {
        if (shortage < 0 && queue->shortage == 0)
                log_job(LOG_WARNING, job->id, shortage, "it cannot be started now and waits, as others do");
        queue->paused = true;
        queue->shortage = shortage;
        take_back(queue, job);
        if (shortage == 0) {
                run_in(queue, PAUSE_USEC);
                return;
        }
        if (!queue->starts)
                queue->starts = retry_new(queue->event, "Jobs that wait", &RETRY_SHORTAGE, start_again,
                                          queue);
        retry_later(queue->starts);
}

/* For want of descriptors or memory, or of an answer of the disk, the job waits as well; otherwise it has
 * failed. */
static void start(Queue *queue, Job *job, bool stored) {
        int r = jobs_start(queue->jobs, job, stored);

        if (r >= 0)
                queue->shortage = 0;
        else if (error_is_transient(r))
                postpone(queue, job, r);
        else
                jobs_settle_unstarted(queue->jobs, job, g_strerror(-r));
}

/* A job that waits until another has ended may wait over a power cut; one that waits for systemd's attention
 * is as safe as one that runs. */
static void wait_for_turn(Queue *queue, Job *job, bool full) {
        int r = full ? store_sync(&queue->jobs->store, job->id) : 0;

        if (r < 0)
                log_job(LOG_WARNING, job->id, r, "it waits, and may not survive a power cut");
        enqueue(queue, job);
}

/* Starts it at once if there is room, and nobody before it; or puts it at the end. */
static void on_ready(Job *job, void *userdata) {
        Queue *queue = userdata;
        QueueRoom room = queue_room(queue);
        bool user_full = queue_user_is_full(&room, job->owner,
                                            tally_get(queue->jobs->n_running, job->owner));

        if (queue_has_room(&room) && !user_full && !next_job(queue))
                start(queue, job, false);
        else
                wait_for_turn(queue, job, user_full || queue_is_full(&room));
        if (job->request) /* not finished already */
                job_request_forget_words(job->request);
        reasons_tell_soon(queue);
}

static void on_returned(Job *job, void *userdata) {
        take_back(userdata, job);
}

static void on_refused(Job *job, void *userdata) {
        postpone(userdata, job, 0);
}

static void on_withdrawn(const Job *job, void *userdata) {
        withdraw(userdata, job);
}

static void on_room(void *userdata) {
        queue_run(userdata);
}

static void on_ended(void *userdata) {
        queue_run_soon(userdata);
}

static const JobsEvents jobs_events = {
        .ready = on_ready,
        .returned = on_returned,
        .refused = on_refused,
        .withdrawn = on_withdrawn,
        .room = on_room,
        .ended = on_ended,
};

void queue_run(Queue *queue) {
        Job *job;

        while ((job = next_job(queue))) {
                withdraw(queue, job);
                start(queue, job, true);
        }
        reasons_tell_soon(queue);
}

void queue_run_soon(Queue *queue) {
        if (g_hash_table_size(queue->lines) > 0 && !queue->paused)
                run_in(queue, 0);
}

static void free_line(gpointer line) {
        line_free(line);
}

Queue *queue_new(sd_event *event, Jobs *jobs) {
        Queue *queue = g_new0(Queue, 1);

        queue->event = sd_event_ref(event);
        queue->jobs = jobs;
        queue->lines = g_hash_table_new_full(NULL, NULL, NULL, free_line);
        jobs_set_events(jobs, &jobs_events, queue);
        return queue;
}

void queue_free(Queue *queue) {
        g_clear_pointer(&queue->starts, retry_free);
        g_hash_table_unref(queue->lines);
        sd_event_source_disable_unref(queue->run_timer);
        sd_event_source_disable_unref(queue->reasons_timer);
        sd_event_unref(queue->event);
        g_free(queue);
}

void queue_set_limits(Queue *queue, const QueueLimits *limits) {
        queue->limits = *limits;
        queue_run_soon(queue);
}
