/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/calls.h"

/* The calls of one user that wait for their turn, in turns between his connections: one that asks for much
 * keeps no other waiting. */
typedef struct Held {
        uid_t uid;
        GQueue lines; /* of HeldLine, none empty, the next one's turn first */
        gint64 retry; /* there was no room for any of them: not before that */
} Held;

/* The calls of one connection, about in the order in which they came: one that there is room for does not
 * wait for another. */
typedef struct HeldLine {
        Held *held;
        char *name;
        GQueue calls; /* of BusCall, whose holder this is */
        GList link;   /* in held->lines */
} HeldLine;

Held *held_new(uid_t uid);
void held_free(gpointer held);

/* Takes the call. `first`: before all others. */
void held_add(Held *held, BusCall *call, bool first);

/* The call is the caller's then. The user's other connections have their turn now. */
void held_remove(BusCall *call);
