/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/door.h"

/* Of one user, or of a connection whose user is not known yet: calls, bytes, descriptors that came with
 * them. */
#define HELD_CALLS_MAX 2048U
#define HELD_SIZE_MAX  (48U * 1024U * 1024U)
#define HELD_FDS_MAX   256U

/* The calls of one connection, about in the order in which they came: one that there is room for does not
 * wait for another. */
typedef struct HeldLine {
        char *name;
        GQueue calls; /* of DoorCall */
} HeldLine;

/* The calls of one user, in turns between his connections: one that asks for much keeps no other waiting. Or
 * those of one connection, whose user is not known yet. */
typedef struct Held {
        uid_t uid;
        GQueue lines; /* of HeldLine, none empty, the next one's turn first */
        guint n_calls;
        size_t size;
        guint n_fds;
        guint n_refused; /* of a connection: answers that nobody accounts for */
        gint64 retry;    /* there was no room for any of them: not before that */
} Held;

Held *held_new(uid_t uid);
void held_free(gpointer held);

bool held_has_room(const Held *held, const DoorCall *call);

/* Takes the call. `first`: before all others. */
void held_add(Held *held, DoorCall *call, bool first);

/* A link of held->lines, and one of its calls, which is the caller's then. The other connections have their
 * turn now. */
DoorCall *held_remove(Held *held, GList *line, GList *link);

/* The next one, NULL if there is none. */
DoorCall *held_pop(Held *held);

/* All that this connection sent goes. */
void held_drop(Held *held, const char *name);
