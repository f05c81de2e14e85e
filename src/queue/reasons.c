/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue/reasons.h"

#include <time.h>

#include "base/log.h"

#define TELL_USEC UINT64_C(100000)

QueueRoom queue_room(const Queue *queue) {
        return (QueueRoom){
                .limits = queue->limits,
                .n_running = g_hash_table_size(queue->jobs->works),
                .systemd_full = !unit_driver_has_room(queue->jobs->units),
                .paused = queue->paused,
                .shortage = queue->shortage,
        };
}

void reasons_refresh(const Queue *queue, Line *line) {
        QueueRoom room = queue_room(queue);

        line_set_reason(line, queue_dup_reason(&room, line->owner,
                                               tally_get(queue->jobs->n_running, line->owner), line->name));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Queue *queue = userdata;
        GHashTableIter iter;
        bool more = false;
        gpointer line;

        g_hash_table_iter_init(&iter, queue->lines);
        while (g_hash_table_iter_next(&iter, NULL, &line)) {
                reasons_refresh(queue, line);
                more = line_tell(line) || more;
        }
        if (more)
                reasons_tell_soon(queue);
        return 0;
}

void reasons_tell_soon(Queue *queue) {
        int r;

        if (g_hash_table_size(queue->lines) == 0)
                return;
        if (!queue->reasons_timer)
                r = sd_event_add_time_relative(queue->event, &queue->reasons_timer, CLOCK_MONOTONIC,
                                               TELL_USEC, 0, on_timer, queue);
        else if (sd_event_source_get_enabled(queue->reasons_timer, NULL) > 0)
                return;
        else {
                r = sd_event_source_set_time_relative(queue->reasons_timer, TELL_USEC);
                if (r >= 0)
                        r = sd_event_source_set_enabled(queue->reasons_timer, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_error("What jobs wait for cannot be told: %s", g_strerror(-r));
}
