/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "base/cleanup.h"
#include "output/collect/catch-up.h"
#include "output/collect/events.h"
#include "output/collect/follow.h"
#include "output/collect/space.h"
#include "wire/control.h"
#include "wire/names.h"

/* The journal stays open this long without a job: short jobs follow each other. */
#define LINGER (5000 * USEC_PER_MSEC)

static int on_turn(sd_event_source *source, void *userdata) {
        Collector *collector = userdata;

        for (guint n = collector->due.length; n > 0 && !g_queue_is_empty(&collector->due); n--) {
                Sender *sender = g_queue_peek_head(&collector->due);

                core_dequeue(&collector->due, &sender->due);
                events_settle(collector, sender->intake.id);
        }
        catch_up_start(collector);
        follow_wait_for_hints(collector);
        if (!g_queue_is_empty(&collector->due))
                core_wake_turn(collector);
        return 0;
}

static int on_hint_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Collector *collector = userdata;

        follow_wake(collector);
        if (!reader_is_open(collector->follower))
                core_wake_turn(collector); /* no slice will: wait on for journald to make its files */
        return 0;
}

static int on_trouble_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Collector *collector = userdata;

        collector->query_failed = false;
        follow_open(collector);
        catch_up_failed(collector);
        core_wake_turn(collector);
        return 0;
}

static int on_held_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        space_on_held_timer(userdata);
        return 0;
}

static int on_linger_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Collector *collector = userdata;

        reader_close(collector->follower);
        query_close(collector->query);
        return 0;
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
        r = core_new_timer(collector, on_hint_timer, "collector-hint", &collector->hint_timer);
        if (r < 0)
                return r;
        r = core_new_timer(collector, on_trouble_timer, "collector-trouble", &collector->trouble_timer);
        if (r < 0)
                return r;
        r = core_new_timer(collector, on_held_timer, "collector-held", &collector->held_timer);
        if (r < 0)
                return r;
        return core_new_timer(collector, on_linger_timer, "collector-linger", &collector->linger_timer);
}

static void sender_destroy(void *p) {
        sender_free(p);
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
        collector->by_id = job_map_new(sender_destroy);
        collector->by_uuid = g_hash_table_new(g_str_hash, g_str_equal);
        core_end_trouble(collector);
        r = add_sources(collector);
        if (r < 0)
                return r;
        r = reader_new(event, directory, &follow_events, collector, &collector->follower);
        if (r < 0)
                return r;
        r = query_new(event, directory, &catch_up_events, collector, &collector->query);
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

int collector_add(Collector *collector, const CollectorJob *job) {
        g_autoptr(Sender) sender = NULL;
        int r;

        if (core_find(collector, job->id) || g_hash_table_contains(collector->by_uuid, job->uuid))
                return -EEXIST;
        r = sender_new(collector, collector->state_dir, job, &sender);
        if (r < 0)
                return r;
        g_hash_table_insert(collector->by_uuid, sender->uuid, sender);
        (void) sd_event_source_set_enabled(collector->linger_timer, SD_EVENT_OFF);
        follow_open(collector);
        if (sender->intake.error < 0)
                core_set_error(sender, sender->intake.error);
        else if (job->restarted && sender->pid != 0)
                core_want_query(sender);
        job_map_set(collector->by_id, job->id, g_steal_pointer(&sender));
        return 0;
}

void collector_remove(Collector *collector, JobId id) {
        Sender *sender = core_find(collector, id);

        if (!sender)
                return;
        if (core_is_querying(sender)) {
                query_stop(collector->query);
                core_wake_turn(collector);
        }
        core_dequeue_all(sender);
        g_hash_table_remove(collector->by_uuid, sender->uuid);
        job_map_remove(collector->by_id, id);
        if (g_hash_table_size(collector->by_id) == 0)
                core_arm(collector->linger_timer, LINGER);
}

static void step(Sender *sender, StageEvent event);

static bool on_patience(uint64_t waited, void *userdata) {
        const Sender *sender = userdata;

        return collector_journal_moves(sender->collector, waited);
}

static void on_barrier(void *userdata) {
        Sender *sender = userdata;

        g_clear_pointer(&sender->barrier, barrier_free);
        step(sender, STAGE_HANDLED);
}

static void wait_for_journald(Sender *sender) {
        static const BarrierEvents events = { .patient = on_patience, .through = on_barrier };
        const Collector *collector = sender->collector;
        int r = -ENXIO; /* nothing to wait for */

        if (collector->has_journald && !intake_is_complete(&sender->intake))
                r = barrier_new(collector->event, JOBD_JOURNAL_SOCKET, &events, sender, &sender->barrier);
        if (r < 0)
                step(sender, STAGE_HANDLED);
}

static void act(Sender *sender, StageAct what) {
        switch (what) {
        case STAGE_ACT_NONE:
                break;
        case STAGE_ACT_QUERY:
                core_want_query(sender);
                break;
        case STAGE_ACT_LOOK:
                follow_to_the_end(sender);
                break;
        case STAGE_ACT_BARRIER:
                wait_for_journald(sender);
                break;
        }
        core_set_due(sender);
}

static void step(Sender *sender, StageEvent event) {
        act(sender, stage_step(&sender->stage, event));
}

void collector_set_pid(Collector *collector, JobId id, pid_t pid) {
        Sender *sender = core_find(collector, id);

        if (sender && sender->pid == 0)
                act(sender, sender_set_pid(sender, pid));
}

void collector_find_pid(Collector *collector, JobId id) {
        Sender *sender = core_find(collector, id);

        if (sender)
                step(sender, STAGE_SEEK);
}

/* Looks for what was said to be there, now. */
static void expect(Sender *sender, const uint64_t bytes[2], bool asks) {
        Collector *collector = sender->collector;
        bool has_come = sender_hint(sender, bytes, asks);

        core_set_due(sender);
        if (has_come)
                return;
        core_enqueue(&collector->waiting, &sender->waiting, sender);
        core_restart_hint_wait(collector);
}

void collector_hint(Collector *collector, JobId id, const uint64_t bytes[2]) {
        Sender *sender = core_find(collector, id);

        if (!sender)
                return;
        expect(sender, bytes, true);
        follow_wake(collector);
}

void collector_done(Collector *collector, JobId id, uint32_t flags, const uint64_t bytes[2]) {
        Sender *sender = core_find(collector, id);

        if (!sender || sender_is_final(sender))
                return;
        expect(sender, bytes, false);
        if (flags & CONTROL_DONE_GAVE_UP)
                reader_wake(collector->follower);
        else
                step(sender, STAGE_HANDLED);
}

void collector_finish(Collector *collector, JobId id) {
        Sender *sender = core_find(collector, id);

        if (sender)
                step(sender, STAGE_GONE);
}

void collector_consumed(Collector *collector, JobId id) {
        Sender *sender = core_find(collector, id);

        if (sender && sender->intake.limit.block)
                core_owe_acknowledge(sender);
}

void collector_acknowledge(Collector *collector, JobId id) {
        Sender *sender = core_find(collector, id);

        if (sender)
                core_owe_acknowledge(sender);
}
