/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-event.h>

/*
 * Tells when journald has handled all that is queued to it now. Its socket is one queue for all senders: once it has
 * taken an empty datagram of ours (which it ignores), it has handled what a process sent that was killed before.
 */
typedef struct Barrier Barrier;

typedef void (*BarrierFunc)(void *userdata);

/*
 * `path`: journald's socket. `func` is called once, from the loop: when the datagram was taken, when nobody listens
 * there (what was queued is gone), or after 10 s. It may free the barrier; before it, freeing cancels.
 */
int barrier_new(sd_event *event, const char *path, BarrierFunc func, void *userdata, Barrier **ret);
void barrier_free(Barrier *barrier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Barrier, barrier_free)
