/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "base/cleanup.h"
#include "output/collector-private.h"
#include "wire/control.h"
#include "wire/names.h"

/* The journal stays open this long without a job: short jobs follow each other. */
#define LINGER (5000 * USEC_PER_MSEC)

void collector_enqueue(GQueue *queue, GList *link, CollectedJob *job) {
        if (link->data)
                return;
        link->data = job;
        g_queue_push_tail_link(queue, link);
}

void collector_dequeue(GQueue *queue, GList *link) {
        if (!link->data)
                return;
        g_queue_unlink(queue, link);
        link->data = NULL;
}

CollectedJob *collector_find(Collector *collector, JobId id) {
        return job_map_get(collector->by_id, id);
}

void collector_set_due(CollectedJob *job) {
        collector_enqueue(&job->collector->due, &job->due, job);
        collector_wake_turn(job->collector);
}

void collector_arm(sd_event_source *timer, uint64_t usec) {
        (void) sd_event_source_set_time_relative(timer, usec);
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

bool collector_is_armed(sd_event_source *timer) {
        return sd_event_source_get_enabled(timer, NULL) > 0;
}

void collector_wake_turn(Collector *collector) {
        (void) sd_event_source_set_enabled(collector->turn, SD_EVENT_ONESHOT);
}

static int on_turn(sd_event_source *source, void *userdata) {
        Collector *collector = userdata;

        for (guint n = collector->due.length; n > 0 && !g_queue_is_empty(&collector->due); n--) {
                CollectedJob *job = g_queue_peek_head(&collector->due);

                collector_dequeue(&collector->due, &job->due);
                collector_settle(collector, job->intake.id);
        }
        collector_start_queries(collector);
        collector_wait_for_hints(collector);
        if (!g_queue_is_empty(&collector->due))
                collector_wake_turn(collector);
        return 0;
}

static int on_hint_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Collector *collector = userdata;

        collector_follow(collector);
        reader_wake(collector->follower);
        if (!reader_is_open(collector->follower))
                collector_wake_turn(collector); /* no slice will: wait on for journald to make its files */
        return 0;
}

static int on_trouble_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        collector_on_trouble_timer(userdata);
        return 0;
}

static int on_held_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        collector_on_held_timer(userdata);
        return 0;
}

static int on_linger_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Collector *collector = userdata;

        reader_close(collector->follower);
        query_close(collector->query);
        return 0;
}

static int new_timer(Collector *collector, sd_event_time_handler_t func, const char *name,
                     sd_event_source **ret) {
        /* late by up to an eighth of the shortest pause: wake-ups may fall together */
        int r = sd_event_add_time(collector->event, ret, CLOCK_MONOTONIC, 0, HINT_PAUSE_MIN / 8, func,
                                  collector);

        if (r < 0)
                return r;
        (void) sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int add_sources(Collector *collector) {
        int r;

        r = sd_event_add_defer(collector->event, &collector->turn, on_turn, collector);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(collector->turn, "collector");
        r = sd_event_source_set_enabled(collector->turn, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = new_timer(collector, on_hint_timer, "collector-hint", &collector->hint_timer);
        if (r < 0)
                return r;
        r = new_timer(collector, on_trouble_timer, "collector-trouble", &collector->trouble_timer);
        if (r < 0)
                return r;
        r = new_timer(collector, on_held_timer, "collector-held", &collector->held_timer);
        if (r < 0)
                return r;
        return new_timer(collector, on_linger_timer, "collector-linger", &collector->linger_timer);
}

static void job_destroy(void *p) {
        collected_job_free(p);
}

int collector_new(sd_event *event, int state_dir, const char *directory, const CollectorEvents *events,
                  void *userdata, Collector **ret) {
        g_autoptr(Collector) collector = g_new0(Collector, 1);
        int r;

        g_return_val_if_fail(events->progress && events->acknowledge && events->exited && events->trouble &&
                                             events->pid_found,
                             -EINVAL);

        collector->event = sd_event_ref(event);
        collector->state_dir = state_dir;
        collector->has_journald = directory == NULL;
        collector->events = events;
        collector->userdata = userdata;
        collector->by_id = job_map_new(job_destroy);
        collector->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
        collector->trouble_pause = TROUBLE_PAUSE_MIN;
        r = add_sources(collector);
        if (r < 0)
                return r;
        r = reader_new(event, directory, &collector_follower_events, collector, &collector->follower);
        if (r < 0)
                return r;
        r = query_new(event, directory, &collector_query_events, collector, &collector->query);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&collector);
        return 0;
}

void collector_free(Collector *collector) {
        if (!collector)
                return;
        query_free(collector->query);
        reader_free(collector->follower);
        g_hash_table_unref(collector->by_uuid);
        g_hash_table_unref(collector->by_id);
        sd_event_source_disable_unref(collector->turn);
        sd_event_source_disable_unref(collector->hint_timer);
        sd_event_source_disable_unref(collector->trouble_timer);
        sd_event_source_disable_unref(collector->held_timer);
        sd_event_source_disable_unref(collector->linger_timer);
        sd_event_unref(collector->event);
        g_free(collector);
}

int collector_add(Collector *collector, const CollectorJob *description) {
        g_autoptr(CollectedJob) job = NULL;
        int r;

        if (collector_find(collector, description->id) ||
            g_hash_table_contains(collector->by_uuid, description->uuid))
                return -EEXIST;
        r = collected_job_new(collector, collector->state_dir, description, &job);
        if (r < 0)
                return r;
        g_hash_table_insert(collector->by_uuid, job->intake.uuid, job);
        (void) sd_event_source_set_enabled(collector->linger_timer, SD_EVENT_OFF);
        collector_follow(collector);
        if (job->error < 0)
                collector_set_error(job, job->error);
        else if (job->missed && job->intake.pid != 0)
                collector_want_query(job);
        job_map_set(collector->by_id, description->id, g_steal_pointer(&job));
        return 0;
}

void collector_remove(Collector *collector, JobId id) {
        CollectedJob *job = collector_find(collector, id);

        if (!job)
                return;
        if (collector_is_querying(job)) {
                query_stop(collector->query);
                collector_wake_turn(collector);
        }
        collector_dequeue(&collector->due, &job->due);
        collector_dequeue(&collector->waiting, &job->waiting);
        collector_dequeue(&collector->ending, &job->ending);
        collector_dequeue(&collector->queries, &job->query);
        g_hash_table_remove(collector->by_uuid, job->intake.uuid);
        job_map_remove(collector->by_id, id);
        if (g_hash_table_size(collector->by_id) == 0)
                collector_arm(collector->linger_timer, LINGER);
}

void collector_set_pid(Collector *collector, JobId id, pid_t pid) {
        CollectedJob *job = collector_find(collector, id);

        if (!job || job->intake.pid != 0)
                return;
        job->intake.pid = pid;
        if (job->missed)
                collector_want_query(job);
        if (job->finding)
                collector_set_due(job);
}

void collector_find_pid(Collector *collector, JobId id) {
        CollectedJob *job = collector_find(collector, id);

        if (!job)
                return;
        job->finding = true;
        if (job->intake.pid == 0)
                collector_want_query(job);
        else
                collector_set_due(job);
}

static uint64_t sum(const uint64_t bytes[2]) {
        return bytes[0] > UINT64_MAX - bytes[1] ? UINT64_MAX : bytes[0] + bytes[1];
}

/* Looks for what was said to be there, now. */
static void expect(CollectedJob *job, const uint64_t bytes[2]) {
        Collector *collector = job->collector;

        job->hinted = sum(bytes);
        for (int i = 0; i < 2; i++)
                job->handed[i] = MAX(job->handed[i], bytes[i]);
        collector_set_due(job);
        if (collected_job_accounted(job) >= job->hinted)
                return;
        collector_enqueue(&collector->waiting, &job->waiting, job);
        collector_restart_hint_wait(collector);
}

void collector_hint(Collector *collector, JobId id, const uint64_t bytes[2]) {
        CollectedJob *job = collector_find(collector, id);

        if (!job)
                return;
        job->hint_open = true;
        expect(job, bytes);
        collector_follow(collector);
        reader_wake(collector->follower);
}

/* Nothing more comes: what is missing when the journal has been read to its end is asked for by UUID. */
static void set_final(CollectedJob *job) {
        Collector *collector = job->collector;

        job->final = true;
        if (collector_is_querying(job))
                query_set_final(collector->query);
        collector_follow(collector);
        if (reader_is_open(collector->follower)) {
                collector_enqueue(&collector->ending, &job->ending, job);
                reader_wake(collector->follower);
        } else
                collector_want_query(job);
        collector_set_due(job);
}

void collector_done(Collector *collector, JobId id, uint32_t flags, const uint64_t bytes[2]) {
        CollectedJob *job = collector_find(collector, id);

        if (!job || job->final)
                return;
        expect(job, bytes);
        if (flags & CONTROL_DONE_GAVE_UP)
                reader_wake(collector->follower);
        else
                set_final(job);
}

static bool on_patience(uint64_t waited, void *userdata) {
        const CollectedJob *job = userdata;

        return collector_journal_moves(job->collector, waited);
}

static void on_barrier(void *userdata) {
        CollectedJob *job = userdata;

        g_clear_pointer(&job->barrier, barrier_free);
        set_final(job);
}

static const BarrierEvents barrier_events = { .patient = on_patience, .through = on_barrier };

void collector_finish(Collector *collector, JobId id) {
        CollectedJob *job = collector_find(collector, id);
        int r = -ENXIO;

        if (!job || job->finishing)
                return;
        job->finishing = true;
        collector_set_due(job);
        if (job->checked) { /* there was no exit record: a last look */
                job->checked = false;
                set_final(job);
        }
        if (job->final || intake_is_complete(&job->intake))
                return;
        if (collector->has_journald)
                r = barrier_new(collector->event, JOBD_JOURNAL_SOCKET, &barrier_events, job, &job->barrier);
        if (r < 0)
                set_final(job);
}

void collector_consumed(Collector *collector, JobId id) {
        CollectedJob *job = collector_find(collector, id);

        if (job && job->limit.block)
                collector_acknowledge(collector, id);
}

void collector_acknowledge(Collector *collector, JobId id) {
        CollectedJob *job = collector_find(collector, id);

        if (!job)
                return;
        job->acknowledge = true;
        collector_set_due(job);
}
