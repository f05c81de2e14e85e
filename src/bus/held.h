/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/door.h"

/* Of one user, or of a connection whose user is not known yet: calls, bytes, descriptors that came with them. */
#define HELD_CALLS_MAX 2048U
#define HELD_SIZE_MAX  (48U * 1024U * 1024U)
#define HELD_FDS_MAX   256U

/* The calls of one user, about in the order in which they came: one that there is room for does not wait for another. Or
 * those of one connection, whose user is not known yet. */
typedef struct Held {
        uid_t uid;
        GQueue calls; /* of DoorCall */
        size_t size;
        guint n_fds;
        guint n_refused; /* of a connection: answers that nobody accounts for */
        gint64 retry;    /* there was no room for any of them: not before that */
} Held;

Held *held_new(uid_t uid);
void held_free(gpointer held);

bool held_has_room(const Held *held, const DoorCall *call);

/* Takes the call. */
void held_add(Held *held, DoorCall *call, bool first);
DoorCall *held_remove(Held *held, GList *link);
