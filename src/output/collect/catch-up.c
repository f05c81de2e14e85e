/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/collect/catch-up.h"

static void is_done(Sender *sender) {
        Intake *intake = &sender->intake;
        int r = cache_flush(intake->cache);

        if (r < 0) {
                core_set_error(sender, r);
                return;
        }
        if (intake->error < 0)
                core_end_trouble(sender->collector);
        intake->error = 0;
        (void) stage_step(&sender->stage, STAGE_READ);
        core_set_due(sender);
}

/* Where that did not work at first. */
static int open_cache(Sender *sender) {
        int r = sender->intake.cache ? 0 : sender_open(sender, sender->collector->state_dir);

        if (r >= 0)
                return r;
        core_dequeue(&sender->collector->queries, &sender->query);
        core_set_error(sender, r);
        return r;
}

void catch_up_start(Collector *collector) {
        while (!query_running(collector->query) && !g_queue_is_empty(&collector->queries) &&
               !collector->query_failed) {
                Sender *sender = g_queue_peek_head(&collector->queries);
                int r;

                if (open_cache(sender) < 0)
                        continue;
                r = query_start(collector->query, sender);
                if (r < 0) {
                        core_arm_trouble(collector);
                        return;
                }
                core_dequeue(&collector->queries, &sender->query);
                if (r == 0)
                        is_done(sender);
                else if (sender_is_final(sender))
                        query_set_final(collector->query);
        }
        if (!query_running(collector->query))
                query_close(collector->query);
}

static void on_progress(Sender *sender, void *userdata) {
        core_set_due(sender);
}

static void on_done(Sender *sender, int r, bool in_cache, void *userdata) {
        Collector *collector = userdata;

        if (r < 0 && in_cache)
                core_set_error(sender, r);
        else if (r < 0) {
                collector->query_failed = true;
                core_want_query(sender);
                core_arm_trouble(collector);
        } else
                is_done(sender);
        core_wake_turn(collector);
}

const QueryEvents catch_up_events = { on_progress, on_done };

void catch_up_all(Collector *collector) {
        Sender *sender;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &sender))
                if (sender->pid != 0 && sender->stage.end != END_TOLD)
                        core_want_query(sender);
}

void catch_up_failed(Collector *collector) {
        Sender *sender;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &sender))
                if (sender->intake.error < 0)
                        core_want_query(sender);
}
