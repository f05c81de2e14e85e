/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

/*
 * Tells when journald has handled all that is queued to it now. Its socket is one queue for all senders:
 * once it has taken an empty datagram of ours (which it ignores), it has handled what a process sent that
 * was killed before.
 */
typedef struct Barrier Barrier;

typedef struct BarrierEvents {
        /* Whether to wait on, after `waited` µs. */
        bool (*patient)(uint64_t waited, void *userdata);
        /* Once, from the loop: when the datagram was taken, when nobody listens there (what was queued is
         * gone), or when patience is at its end. It may free the barrier. */
        void (*through)(void *userdata);
} BarrierEvents;

/* `path`: journald's socket. `events` must stay. Freeing it before it is through cancels. */
int barrier_new(sd_event *event, const char *path, const BarrierEvents *events, void *userdata,
                Barrier **ret);
void barrier_free(Barrier *barrier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Barrier, barrier_free)
