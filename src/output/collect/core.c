/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "output/collect/core.h"

/* A cache that cannot be written, or a journal that cannot be opened. */
#define TROUBLE_PAUSE_MIN (500 * USEC_PER_MSEC)
#define TROUBLE_PAUSE_MAX (8000 * USEC_PER_MSEC)

Sender *core_find(Collector *collector, JobId id) {
        return job_map_get(collector->by_id, id);
}

void core_enqueue(GQueue *queue, GList *link, Sender *sender) {
        if (link->data)
                return;
        link->data = sender;
        g_queue_push_tail_link(queue, link);
}

void core_dequeue(GQueue *queue, GList *link) {
        if (!link->data)
                return;
        g_queue_unlink(queue, link);
        link->data = NULL;
}

void core_dequeue_all(Sender *sender) {
        Collector *collector = sender->collector;

        core_dequeue(&collector->due, &sender->due);
        core_dequeue(&collector->waiting, &sender->waiting);
        core_dequeue(&collector->ending, &sender->ending);
        core_dequeue(&collector->queries, &sender->query);
}

void core_wake_turn(Collector *collector) {
        (void) sd_event_source_set_enabled(collector->turn, SD_EVENT_ONESHOT);
}

void core_set_due(Sender *sender) {
        core_enqueue(&sender->collector->due, &sender->due, sender);
        core_wake_turn(sender->collector);
}

void core_owe_acknowledge(Sender *sender) {
        sender->acknowledge_at = 0;
        core_set_due(sender);
}

int core_new_timer(Collector *collector, sd_event_time_handler_t func, const char *name,
                   sd_event_source **ret) {
        /* late by up to an eighth of the shortest pause: wake-ups may fall together */
        int r = sd_event_add_time(collector->event, ret, CLOCK_MONOTONIC, 0, HINT_PAUSE_MIN / 8, func,
                                  collector);

        if (r < 0)
                return r;
        (void) sd_event_source_set_description(*ret, name);
        return sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

void core_arm(sd_event_source *timer, uint64_t usec) {
        (void) sd_event_source_set_time_relative(timer, usec);
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

bool core_is_armed(sd_event_source *timer) {
        return sd_event_source_get_enabled(timer, NULL) > 0;
}

void core_arm_trouble(Collector *collector) {
        if (core_is_armed(collector->trouble_timer))
                return;
        core_arm(collector->trouble_timer, collector->trouble_pause);
        collector->trouble_pause = MIN(collector->trouble_pause * 2, TROUBLE_PAUSE_MAX);
}

void core_end_trouble(Collector *collector) {
        collector->trouble_pause = TROUBLE_PAUSE_MIN;
}

void core_set_error(Sender *sender, int r) {
        sender->intake.error = r;
        core_set_due(sender);
        core_arm_trouble(sender->collector);
}

bool core_is_querying(const Sender *sender) {
        return query_running(sender->collector->query) == sender;
}

void core_want_query(Sender *sender) {
        sender->behind = 0;
        if (core_is_querying(sender))
                return;
        core_enqueue(&sender->collector->queries, &sender->query, sender);
        core_wake_turn(sender->collector);
}

void core_restart_hint_wait(Collector *collector) {
        collector->hint_pause = HINT_PAUSE_MIN;
        collector->hint_waited = 0;
}
