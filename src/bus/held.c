/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/held.h"

Held *held_new(uid_t uid) {
        Held *held = g_new0(Held, 1);

        held->uid = uid;
        g_queue_init(&held->lines);
        return held;
}

static void call_free(gpointer call) {
        door_call_free(call);
}

static void line_free(gpointer p) {
        HeldLine *line = p;

        g_queue_clear_full(&line->calls, call_free);
        g_free(line->name);
        g_free(line);
}

void held_free(gpointer p) {
        Held *held = p;

        g_queue_clear_full(&held->lines, line_free);
        g_free(held);
}

bool held_has_room(const Held *held, const DoorCall *call) {
        return held->n_calls < HELD_CALLS_MAX && held->size + call->size <= HELD_SIZE_MAX &&
               held->n_fds + call->n_fds <= HELD_FDS_MAX;
}

static GList *find_line(Held *held, const char *name) {
        for (GList *link = held->lines.head; link; link = link->next)
                if (g_str_equal(((const HeldLine *) link->data)->name, name))
                        return link;
        return NULL;
}

static GList *get_line(Held *held, const char *name) {
        GList *link = find_line(held, name);
        HeldLine *line;

        if (link)
                return link;
        line = g_new0(HeldLine, 1);
        line->name = g_strdup(name);
        g_queue_init(&line->calls);
        g_queue_push_tail(&held->lines, line);
        return held->lines.tail;
}

void held_add(Held *held, DoorCall *call, bool first) {
        GList *link = get_line(held, sd_bus_message_get_sender(call->message));
        HeldLine *line = link->data;

        if (first) {
                g_queue_push_head(&line->calls, call);
                g_queue_unlink(&held->lines, link);
                g_queue_push_head_link(&held->lines, link);
        } else
                g_queue_push_tail(&line->calls, call);
        held->n_calls++;
        held->size += call->size;
        held->n_fds += call->n_fds;
        held->retry = 0;
}

DoorCall *held_remove(Held *held, GList *line_link, GList *link) {
        HeldLine *line = line_link->data;
        DoorCall *call = link->data;

        g_queue_delete_link(&line->calls, link);
        g_queue_unlink(&held->lines, line_link);
        if (g_queue_is_empty(&line->calls)) {
                line_free(line);
                g_list_free_1(line_link);
        } else
                g_queue_push_tail_link(&held->lines, line_link);
        held->n_calls--;
        held->size -= call->size;
        held->n_fds -= call->n_fds;
        return call;
}

DoorCall *held_pop(Held *held) {
        GList *line = held->lines.head;

        return line ? held_remove(held, line, ((const HeldLine *) line->data)->calls.head) : NULL;
}

void held_drop(Held *held, const char *name) {
        GList *line = find_line(held, name);
        guint n = line ? ((const HeldLine *) line->data)->calls.length : 0;

        for (; n > 0; n--)
                door_call_free(held_remove(held, line, ((const HeldLine *) line->data)->calls.head));
}
