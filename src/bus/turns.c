/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "bus/answers.h"
#include "bus/held.h"
#include "bus/internal.h"
#include "bus/turns.h"

/*
 * A call waits for its turn, and for room for its answer (answers.h).
 *
 * All calls come in one stream, whoever they are of. So reading goes before working, but for a while only:
 * somebody may send without an end.
 */

#define READ_USEC  UINT64_C(5000)  /* of reading, before the next turn */
#define PAUSE_USEC UINT64_C(5000)  /* while the bus is behind */
#define ASK_USEC   UINT64_C(50000) /* while clients are */

struct Turns {
        BusServer *server;
        GQueue users;            /* of Held: those who have calls that wait, the next one's turn first */
        sd_bus_message *current; /* it is this one's turn */
        bool current_is_original;
        sd_event_source *turn, *timer;
};

static Held *held_find(const Turns *turns, uid_t uid) {
        for (const GList *link = turns->users.head; link; link = link->next)
                if (((const Held *) link->data)->uid == uid)
                        return link->data;
        return NULL;
}

static Held *held_get(Turns *turns, uid_t uid) {
        Held *held = held_find(turns, uid);

        if (!held) {
                held = held_new(uid);
                g_queue_push_tail(&turns->users, held);
        }
        return held;
}

static guint n_waiting(const Turns *turns) {
        return bus_calls_of_all(turns->server->calls, CALL_WAITS_FOR_TURN).n_calls;
}

static void arm(Turns *turns, uint64_t usec) {
        (void) sd_event_source_set_time_relative(turns->timer, usec);
        (void) sd_event_source_set_enabled(turns->timer, SD_EVENT_ONESHOT);
}

void turns_wake(Turns *turns) {
        if (n_waiting(turns) == 0) /* or the timer would wake itself for ever */
                return;
        (void) sd_event_source_set_enabled(turns->turn, SD_EVENT_ONESHOT);
        if (sd_event_source_get_enabled(turns->timer, NULL) == 0)
                arm(turns, READ_USEC);
}

void turns_add(Turns *turns, uid_t uid, BusCall *taken, bool first) {
        held_add(held_get(turns, uid), taken, first);
        bus_call_enter(turns->server->calls, taken, CALL_WAITS_FOR_TURN, uid);
        turns_wake(turns);
}

static BusCall *remove_call(BusCall *call) {
        bus_call_leave(call);
        held_remove(call);
        return call;
}

/* The first call of the connection for whose answer there is room. */
static BusCall *find_in_line(Turns *turns, const HeldLine *line) {
        for (GList *link = line->calls.head; link; link = link->next) {
                BusCall *call = link->data;
                const Caller *caller = caller_find(turns->server->callers, call->message);

                if (!caller || answer_has_room(turns->server, call->message, caller))
                        return call;
                unread_ask(turns->server->unread, caller);
        }
        return NULL;
}

/* Through sd-bus, which finds the handler; and the filter, which lets it pass. */
static void handle(Turns *turns, BusCall *call) {
        sd_bus *bus = turns->server->bus;
        int r = sd_bus_message_rewind(call->message, true);

        if (r >= 0)
                r = sd_bus_enqueue_for_read(bus, call->message);
        if (r < 0) /* the bus is closed */
                return;
        turns->current = call->message;
        turns->current_is_original = call->original;
        do /* it may have something else to do first */
                r = sd_bus_process(bus, NULL);
        while (r > 0 && turns->current);
        turns->current = NULL;
        turns->current_is_original = false;
}

static void answer_error(Turns *turns, sd_bus_message *call, const sd_bus_error *error) {
        const Caller *caller = caller_find(turns->server->callers, call);

        if (!caller || sd_bus_message_get_expect_reply(call) <= 0)
                return;
        answer_account_error(turns->server, caller);
        (void) bus_refuse(turns->server, call, -EINVAL, error);
        (void) sd_bus_reply_method_error(call, error);
}

/* One connection of a user may have room where another does not read. */
static BusCall *take_next(Turns *turns, Held *held) {
        for (GList *line = held->lines.head; line; line = line->next) {
                BusCall *call = find_in_line(turns, line->data);

                if (call)
                        return remove_call(call);
        }
        return NULL;
}

static bool release_one(Turns *turns, Held *held) {
        g_autoptr(BusCall) call = take_next(turns, held);

        if (!call)
                return false;
        if (sd_bus_error_is_set(&call->error))
                answer_error(turns, call->message, &call->error);
        else
                handle(turns, call);
        return true;
}

/* One call of the next user who has one that there is room for. A handler may put calls into the queues, and
 * end others. */
static bool take_turn(Turns *turns) {
        gint64 now = g_get_monotonic_time();

        for (guint i = g_queue_get_length(&turns->users); i > 0; i--) {
                Held *held = g_queue_pop_head(&turns->users);
                bool released = false;

                g_queue_push_tail(&turns->users, held);
                if (now >= held->retry)
                        released = release_one(turns, held);
                if (released)
                        return true;
                held->retry = MAX(held->retry, now + (gint64) PAUSE_USEC);
        }
        return false;
}

static void drop_empty(Turns *turns) {
        for (GList *link = turns->users.head, *next; link; link = next) {
                Held *held = link->data;

                next = link->next;
                if (!g_queue_is_empty(&held->lines))
                        continue;
                held_free(held);
                g_queue_delete_link(&turns->users, link);
        }
}

/* One call. */
static void work(Turns *turns) {
        if (n_waiting(turns) == 0)
                return;
        if (take_turn(turns))
                turns_wake(turns);
        else
                arm(turns, answers_are_behind(turns->server) ? PAUSE_USEC : ASK_USEC);
        drop_empty(turns);
}

/* All is read. */
static int on_turn(sd_event_source *source, void *userdata) {
        work(userdata);
        return 0;
}

void turns_look_again(Turns *turns) {
        for (GList *link = turns->users.head; link; link = link->next)
                ((Held *) link->data)->retry = 0;
        turns_wake(turns);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        turns_look_again(userdata);
        work(userdata); /* though there may be more to read */
        return 0;
}

static void drop(BusCall *call) {
        bus_call_free(remove_call(call));
}

bool turns_take(Turns *turns, const sd_bus_message *call) {
        if (call != turns->current)
                return false;
        turns->current = NULL;
        return true;
}

bool turns_is_original(const Turns *turns) {
        return turns->current_is_original;
}

int turns_new(BusServer *server, Turns **ret) {
        sd_event *event = sd_bus_get_event(server->bus);
        g_autoptr(Turns) turns = g_new0(Turns, 1);
        int r;

        turns->server = server;
        g_queue_init(&turns->users);
        bus_calls_set_place(server->calls, CALL_WAITS_FOR_TURN, drop);
        r = sd_event_add_time(event, &turns->timer, CLOCK_MONOTONIC, 0, 1, on_timer, turns);
        if (r >= 0)
                r = sd_event_source_set_enabled(turns->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(event, &turns->turn, on_turn, turns);
        /* behind the bus: an event source that is always wanted would come before one that is found by
         * polling */
        if (r >= 0)
                r = sd_event_source_set_priority(turns->turn, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&turns);
        return 0;
}

void turns_free(Turns *turns) {
        sd_event_source_disable_unref(turns->turn);
        sd_event_source_disable_unref(turns->timer);
        g_queue_clear_full(&turns->users, held_free);
        g_free(turns);
}
