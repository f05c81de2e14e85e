/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/held.h"

Held *held_new(uid_t uid) {
        Held *held = g_new0(Held, 1);

        held->uid = uid;
        g_queue_init(&held->lines);
        return held;
}

static HeldLine *first_line(const Held *held) {
        return held->lines.head ? held->lines.head->data : NULL;
}

void held_free(gpointer p) {
        const HeldLine *line;
        Held *held = p;

        while ((line = first_line(held))) {
                BusCall *call = line->calls.head->data;

                held_remove(call);
                bus_call_free(call);
        }
        g_free(held);
}

static HeldLine *find_line(const Held *held, const char *name) {
        for (GList *link = held->lines.head; link; link = link->next)
                if (g_str_equal(((const HeldLine *) link->data)->name, name))
                        return link->data;
        return NULL;
}

static HeldLine *get_line(Held *held, const char *name) {
        HeldLine *line = find_line(held, name);

        if (line)
                return line;
        line = g_new0(HeldLine, 1);
        line->held = held;
        line->name = g_strdup(name);
        line->link.data = line;
        g_queue_init(&line->calls);
        g_queue_push_tail_link(&held->lines, &line->link);
        return line;
}

void held_add(Held *held, BusCall *call, bool first) {
        HeldLine *line = get_line(held, sd_bus_message_get_sender(call->message));

        call->holder = line;
        call->in_place.data = call;
        if (first) {
                g_queue_push_head_link(&line->calls, &call->in_place);
                g_queue_unlink(&held->lines, &line->link);
                g_queue_push_head_link(&held->lines, &line->link);
        } else
                g_queue_push_tail_link(&line->calls, &call->in_place);
        held->retry = 0;
}

void held_remove(BusCall *call) {
        HeldLine *line = call->holder;
        Held *held = line->held;

        call->holder = NULL;
        g_queue_unlink(&line->calls, &call->in_place);
        g_queue_unlink(&held->lines, &line->link);
        if (!g_queue_is_empty(&line->calls)) {
                g_queue_push_tail_link(&held->lines, &line->link);
                return;
        }
        g_free(line->name);
        g_free(line);
}
