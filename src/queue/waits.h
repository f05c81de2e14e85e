/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/job-id.h"

/*
 * Whose turn it is, and why others wait: pure. Users are served in turn: who has fewest running is next,
 * with his oldest job; between equals the older job.
 */

/* See jobd.conf(5). Root's jobs are bound by the first alone. */
typedef struct QueueLimits {
        uint32_t running_max, user_running_max;
} QueueLimits;

/* What all depends on. */
typedef struct QueueRoom {
        QueueLimits limits;
        guint n_running;   /* in all */
        bool systemd_full; /* as many are starting as may, or systemd cannot be asked yet */
        bool paused;       /* nothing is started for the moment: systemd takes no starts, */
        int shortage;      /* or, −errno, what it takes cannot be had */
} QueueRoom;

/* A user whose jobs wait. */
typedef struct QueueUser {
        uid_t owner;
        guint n_running;
        JobId first; /* that waits */
} QueueUser;

/* As many run as may: in all, or of this user. */
bool queue_is_full(const QueueRoom *room);
bool queue_user_is_full(const QueueRoom *room, uid_t owner, guint n_running);

/* A start is possible now, of whomever. */
bool queue_has_room(const QueueRoom *room);

/* The user whose first job starts; `n`: none. */
size_t queue_pick(const QueueRoom *room, const QueueUser *users, size_t n);

/* Why the jobs of a user wait, whose name is `name`; NULL: for no reason that there are words for. */
char *queue_dup_reason(const QueueRoom *room, uid_t owner, guint n_running, const char *name);
