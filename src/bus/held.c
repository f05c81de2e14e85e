/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/held.h"

Held *held_new(uid_t uid) {
        Held *held = g_new0(Held, 1);

        held->uid = uid;
        g_queue_init(&held->calls);
        return held;
}

static void call_free(gpointer call) {
        door_call_free(call);
}

void held_free(gpointer p) {
        Held *held = p;

        g_queue_clear_full(&held->calls, call_free);
        g_free(held);
}

bool held_has_room(const Held *held, const DoorCall *call) {
        return held->calls.length < HELD_CALLS_MAX && held->size + call->size <= HELD_SIZE_MAX &&
               held->n_fds + call->n_fds <= HELD_FDS_MAX;
}

void held_add(Held *held, DoorCall *call, bool first) {
        if (first)
                g_queue_push_head(&held->calls, call);
        else
                g_queue_push_tail(&held->calls, call);
        held->size += call->size;
        held->n_fds += call->n_fds;
        held->retry = 0;
}

DoorCall *held_remove(Held *held, GList *link) {
        DoorCall *call = link->data;

        g_queue_delete_link(&held->calls, link);
        held->size -= call->size;
        held->n_fds -= call->n_fds;
        return call;
}
