/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue/waits.h"

#include <errno.h>

bool queue_is_full(const QueueRoom *room) {
        return room->n_running >= room->limits.running_max;
}

bool queue_user_is_full(const QueueRoom *room, uid_t owner, guint n_running) {
        return owner != 0 && n_running >= room->limits.user_running_max;
}

bool queue_has_room(const QueueRoom *room) {
        return !room->paused && !room->systemd_full && !queue_is_full(room);
}

static bool is_before(const QueueUser *a, const QueueUser *b) {
        if (a->n_running != b->n_running)
                return a->n_running < b->n_running;
        return job_id_compare(a->first, b->first) < 0;
}

size_t queue_pick(const QueueRoom *room, const QueueUser *users, size_t n) {
        size_t next = n;

        if (!queue_has_room(room))
                return n;
        for (size_t i = 0; i < n; i++) {
                if (queue_user_is_full(room, users[i].owner, users[i].n_running))
                        continue;
                if (next == n || is_before(&users[i], &users[next]))
                        next = i;
        }
        return next;
}

/* Nothing is said of the moment until systemd has taken it. */
char *queue_dup_reason(const QueueRoom *room, uid_t owner, guint n_running, const char *name) {
        if (room->paused && room->shortage == -EIO)
                return g_strdup("waits until the disk can be read and written again: Input/output error");
        if (room->paused && room->shortage < 0)
                return g_strdup_printf("waits until jobd has the resources to start it: %s",
                                       g_strerror(-room->shortage));
        if (room->paused)
                return g_strdup("waits until systemd takes new units again");
        if (queue_user_is_full(room, owner, n_running))
                return g_strdup_printf("waits for its turn: %u of %u jobs of %s run", n_running,
                                       room->limits.user_running_max, name);
        if (queue_is_full(room))
                return g_strdup_printf("waits for its turn: %u of %u jobs run", room->n_running,
                                       room->limits.running_max);
        return NULL;
}
