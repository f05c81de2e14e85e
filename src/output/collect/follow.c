/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "output/collect/catch-up.h"
#include "output/collect/follow.h"

#define HINT_PAUSE_MAX (250 * USEC_PER_MSEC)
#define HINT_WAIT_MAX  (5000 * USEC_PER_MSEC)

/* A journald that stores nothing for so long is given up. systemd's own watchdog takes three minutes. */
#define JOURNAL_PATIENCE (60000 * USEC_PER_MSEC)

void follow_open(Collector *collector) {
        int r = reader_follow(collector->follower);

        if (r < 0 || (r == 0 && collector->follow_failed)) {
                collector->follow_failed = true;
                core_arm_trouble(collector);
        } else if (r > 0 && collector->follow_failed) {
                collector->follow_failed = false;
                catch_up_all(collector);
        }
}

void follow_wake(Collector *collector) {
        follow_open(collector);
        reader_wake(collector->follower);
}

void follow_to_the_end(Sender *sender) {
        Collector *collector = sender->collector;

        if (core_is_querying(sender))
                query_set_final(collector->query);
        follow_open(collector);
        if (reader_is_open(collector->follower)) {
                core_enqueue(&collector->ending, &sender->ending, sender);
                reader_wake(collector->follower);
        } else
                core_want_query(sender);
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
        Sender *sender = g_hash_table_lookup(collector->by_uuid, record->uuid);
        int r;

        collector->moved = now_usec(collector);
        if (!sender || sender->stage.end == END_TOLD)
                return;
        if (sender->intake.error < 0) /* the query that tries again will find it */
                return;
        r = sender_record(sender, record);
        if (r < 0)
                core_set_error(sender, r);
        else if (r == TAKEN_NEW)
                core_set_due(sender);
        else if (r == TAKEN_UNKNOWN)
                (void) stage_step(&sender->stage, STAGE_PASSED_OVER);
        else if (r == TAKEN_GAP) {
                sender->behind += record->size;
                if (sender->behind > QUERY_HOPELESS)
                        core_want_query(sender);
        }
}

static void on_slice(bool at_end, int r, void *userdata) {
        Collector *collector = userdata;

        if (r < 0) {
                collector->follow_failed = true;
                core_arm_trouble(collector);
                return;
        }
        if (!at_end)
                return;
        while (!g_queue_is_empty(&collector->ending)) {
                Sender *sender = g_queue_peek_head(&collector->ending);

                core_dequeue(&collector->ending, &sender->ending);
                if (!intake_is_complete(&sender->intake))
                        core_want_query(sender);
        }
        /* after what this slice brought was flushed */
        core_wake_turn(collector);
}

const ReaderEvents follow_events = { on_record, on_slice };

/* The journal may have lost sight of a file, or is not there yet: begin anew at its end, and ask for what
 * was before, as soon as it can be opened. */
static void doubt(Collector *collector) {
        while (!g_queue_is_empty(&collector->waiting)) {
                Sender *sender = g_queue_peek_head(&collector->waiting);

                core_dequeue(&collector->waiting, &sender->waiting);
        }
        reader_close(collector->follower);
        collector->follow_failed = true;
        follow_open(collector);
}

void follow_wait_for_hints(Collector *collector) {
        for (GList *link = collector->waiting.head, *next; link; link = next) {
                Sender *sender = link->data;

                next = link->next;
                if (!sender_is_waiting(sender) || sender->intake.error < 0)
                        core_dequeue(&collector->waiting, &sender->waiting);
        }
        if (g_queue_is_empty(&collector->waiting) || core_is_armed(collector->hint_timer))
                return;
        if (collector->hint_waited >= HINT_WAIT_MAX) {
                doubt(collector);
                return;
        }
        core_arm(collector->hint_timer, collector->hint_pause);
        collector->hint_waited += collector->hint_pause;
        collector->hint_pause = MIN(collector->hint_pause * 2, HINT_PAUSE_MAX);
}
