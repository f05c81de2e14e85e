/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/retry.h"
#include "base/tally.h"
#include "bus/unread.h"

/* Shared by the files of `unread` alone. */

/* Signals to everybody. */
typedef struct UnreadSignals {
        uint64_t bytes; /* that somebody has not read, when the bus was asked */
        guint sent;     /* since then */
        bool silent;    /* none are sent */
        sd_bus_slot *slot;
        Retry *retry; /* during a silence */
        bool untold;  /* the bus does not tell */
} UnreadSignals;

struct Unread {
        sd_bus *bus;
        GHashTable *by_name; /* of Client */
        Tally *by_uid[_UNREAD_KIND_MAX];
        uint64_t total[_UNREAD_KIND_MAX]; /* of all clients */
        uint64_t swept;
        UnreadSignals signals;
        bool untold; /* likewise, of clients */
        const UnreadEvents *events;
        void *userdata;
};

void unread_signals_init(Unread *unread);
void unread_signals_done(Unread *unread);
