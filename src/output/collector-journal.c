/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "output/collector-private.h"

/* The pause grows until something works again. */
static void arm_trouble(Collector *collector) {
        if (collector_is_armed(collector->trouble_timer))
                return;
        collector_arm(collector->trouble_timer, collector->trouble_pause);
        collector->trouble_pause = MIN(collector->trouble_pause * 2, TROUBLE_PAUSE_MAX);
}

void collector_restart_hint_wait(Collector *collector) {
        collector->hint_pause = HINT_PAUSE_MIN;
        collector->hint_waited = 0;
}

bool collector_is_querying(const CollectedJob *job) {
        return query_running(job->collector->query) == &job->intake;
}

void collector_want_query(CollectedJob *job) {
        job->behind = 0;
        if (collector_is_querying(job))
                return;
        collector_enqueue(&job->collector->queries, &job->query, job);
        collector_wake_turn(job->collector);
}

void collector_set_error(CollectedJob *job, int r) {
        job->error = r;
        collector_set_due(job);
        arm_trouble(job->collector);
}

static void query_is_done(CollectedJob *job) {
        Collector *collector = job->collector;
        int r = cache_flush(job->intake.cache);

        if (r < 0) {
                collector_set_error(job, r);
                return;
        }
        if (job->error < 0)
                collector->trouble_pause = TROUBLE_PAUSE_MIN;
        job->error = 0;
        job->missed = job->intake.pid == 0;
        job->checked = job->final;
        collector_set_due(job);
}

/* Where that did not work at first. */
static int open_cache(CollectedJob *job) {
        int r = job->intake.cache ? 0 : collected_job_open(job, job->collector->state_dir);

        if (r >= 0)
                return r;
        collector_dequeue(&job->collector->queries, &job->query);
        collector_set_error(job, r);
        return r;
}

void collector_start_queries(Collector *collector) {
        while (!query_running(collector->query) && !g_queue_is_empty(&collector->queries) &&
               !collector->query_failed) {
                CollectedJob *job = g_queue_peek_head(&collector->queries);
                int r;

                if (open_cache(job) < 0)
                        continue;
                r = query_start(collector->query, &job->intake);
                if (r < 0) {
                        arm_trouble(collector);
                        return;
                }
                collector_dequeue(&collector->queries, &job->query);
                if (r == 0)
                        query_is_done(job);
                else if (job->final)
                        query_set_final(collector->query);
        }
        if (!query_running(collector->query))
                query_close(collector->query);
}

static CollectedJob *job_of(Intake *intake) {
        return (CollectedJob *) intake; /* its first member */
}

static void on_query_progress(Intake *intake, void *userdata) {
        collector_set_due(job_of(intake));
}

static void on_query_done(Intake *intake, int r, bool in_cache, void *userdata) {
        CollectedJob *job = job_of(intake);

        if (r < 0 && in_cache)
                collector_set_error(job, r);
        else if (r < 0) {
                job->collector->query_failed = true;
                collector_want_query(job);
                arm_trouble(job->collector);
        } else
                query_is_done(job);
        collector_wake_turn(job->collector);
}

const QueryEvents collector_query_events = { on_query_progress, on_query_done };

/* Whatever may have been missed, of all jobs. */
static void query_all(Collector *collector) {
        CollectedJob *job;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &job))
                if (job->intake.pid != 0 && !job->exited)
                        collector_want_query(job);
}

void collector_follow(Collector *collector) {
        int r = reader_follow(collector->follower);

        if (r < 0 || (r == 0 && collector->follow_failed)) {
                collector->follow_failed = true;
                arm_trouble(collector);
        } else if (r > 0 && collector->follow_failed) {
                collector->follow_failed = false;
                query_all(collector);
        }
}

static uint64_t now_usec(const Collector *collector) {
        uint64_t now = 0;

        (void) sd_event_now(collector->event, CLOCK_MONOTONIC, &now); /* cannot fail: the clock exists */
        return now;
}

bool collector_journal_moves(const Collector *collector, uint64_t waited) {
        uint64_t since = now_usec(collector) - collector->moved;

        return MIN(since, waited) < JOURNAL_PATIENCE;
}

static void on_record(const JournalRecord *record, void *userdata) {
        Collector *collector = userdata;
        CollectedJob *job = g_hash_table_lookup(collector->by_uuid, record->uuid);
        int r;

        collector->moved = now_usec(collector);
        if (!job || job->exited)
                return;
        if (job->error < 0) /* the query that tries again will find it */
                return;
        r = intake_record(&job->intake, record);
        if (r < 0)
                collector_set_error(job, r);
        else if (r == TAKEN_NEW)
                collector_set_due(job);
        else if (r == TAKEN_UNKNOWN)
                job->missed = true;
        else if (r == TAKEN_GAP) {
                job->behind += record->size;
                if (job->behind > QUERY_HOPELESS)
                        collector_want_query(job);
        }
}

/* The journal may have lost sight of a file, or is not there yet: begin anew at its end, and ask for what
 * was before, as soon as it can be opened. */
static void doubt(Collector *collector) {
        while (!g_queue_is_empty(&collector->waiting)) {
                CollectedJob *job = g_queue_peek_head(&collector->waiting);

                collector_dequeue(&collector->waiting, &job->waiting);
        }
        reader_close(collector->follower);
        collector->follow_failed = true;
        collector_follow(collector);
}

void collector_wait_for_hints(Collector *collector) {
        for (GList *link = collector->waiting.head, *next; link; link = next) {
                CollectedJob *job = link->data;

                next = link->next;
                if (!job->hint_open || collected_job_accounted(job) >= job->hinted || job->error < 0)
                        collector_dequeue(&collector->waiting, &job->waiting);
        }
        if (g_queue_is_empty(&collector->waiting) || collector_is_armed(collector->hint_timer))
                return;
        if (collector->hint_waited >= HINT_WAIT_MAX) {
                doubt(collector);
                return;
        }
        collector_arm(collector->hint_timer, collector->hint_pause);
        collector->hint_waited += collector->hint_pause;
        collector->hint_pause = MIN(collector->hint_pause * 2, HINT_PAUSE_MAX);
}

static void on_slice(bool at_end, int r, void *userdata) {
        Collector *collector = userdata;

        if (r < 0) {
                collector->follow_failed = true;
                arm_trouble(collector);
                return;
        }
        if (!at_end)
                return;
        while (!g_queue_is_empty(&collector->ending)) {
                CollectedJob *job = g_queue_peek_head(&collector->ending);

                collector_dequeue(&collector->ending, &job->ending);
                if (!intake_is_complete(&job->intake))
                        collector_want_query(job);
        }
        /* after what this slice brought was flushed */
        collector_wake_turn(collector);
}

const ReaderEvents collector_follower_events = { on_record, on_slice };

void collector_on_trouble_timer(Collector *collector) {
        CollectedJob *job;
        GHashTableIter iter;

        collector->query_failed = false;
        collector_follow(collector);
        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &job))
                if (job->error < 0)
                        collector_want_query(job);
        collector_wake_turn(collector);
}
