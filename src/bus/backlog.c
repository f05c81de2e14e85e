/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "base/job-id.h"
#include "base/parse.h"
#include "base/user.h"
#include "bus/backlog.h"
#include "bus/held.h"
#include "bus/internal.h"

/*
 * Before all handlers: a call waits for its turn, and for room for its answer. A client may send many calls
 * and read no answer: sd-bus keeps what the bus does not take, as much as there is, and dbus-daemon what the
 * client does not take (unread.h).
 *
 * All calls come in one stream, whoever they are of. So reading goes before working, but for a while only:
 * somebody may send without an end.
 */

#define QUEUED_MAX         8U    /* messages that the bus has not taken, when a large answer is made */
#define CALLS_MAX          8192U /* that wait, of all users; root: no limit by others */
#define SIZE_MAX_OF_ALL    (128U * 1024U * 1024U)
#define STRANGERS_SIZE_MAX (64U * 1024U * 1024U) /* of all whose user is not known yet */
#define READ_USEC          UINT64_C(5000)        /* of reading, before the next turn */
#define PAUSE_USEC         UINT64_C(5000)        /* while the bus is behind */
#define ASK_USEC           UINT64_C(50000)       /* while clients are */
#define SMALL_ANSWER       1024U /* no less than an answer that has a fixed form, or an error */
#define PROPERTIES_SIZE    4096U
#define INTROSPECTION_SIZE 16384U
#define NODE_SIZE          32U /* of a job in an introspection */

struct Backlog {
        BusServer *server;
        GQueue users;          /* of Held: those who have calls that wait, the next one's turn first */
        GHashTable *strangers; /* connection → Held */
        guint n_held;          /* of users */
        size_t size, strangers_size;
        sd_bus_message *current; /* it is this one's turn */
        bool current_is_original;
        sd_event_source *turn, *timer;
};

static Held *held_find(const Backlog *backlog, uid_t uid) {
        for (const GList *link = backlog->users.head; link; link = link->next)
                if (((const Held *) link->data)->uid == uid)
                        return link->data;
        return NULL;
}

static Held *held_get(Backlog *backlog, uid_t uid) {
        Held *held = held_find(backlog, uid);

        if (!held) {
                held = held_new(uid);
                g_queue_push_tail(&backlog->users, held);
        }
        return held;
}

static void arm(Backlog *backlog, uint64_t usec) {
        (void) sd_event_source_set_time_relative(backlog->timer, usec);
        (void) sd_event_source_set_enabled(backlog->timer, SD_EVENT_ONESHOT);
}

static void wake(Backlog *backlog) {
        if (backlog->n_held == 0) /* or the timer would wake itself for ever */
                return;
        (void) sd_event_source_set_enabled(backlog->turn, SD_EVENT_ONESHOT);
        if (sd_event_source_get_enabled(backlog->timer, NULL) == 0)
                arm(backlog, READ_USEC);
}

static void add_call(Backlog *backlog, Held *held, DoorCall *taken, bool first) {
        held_add(held, taken, first);
        backlog->n_held++;
        backlog->size += taken->size;
        wake(backlog);
}

static DoorCall *remove_call(Backlog *backlog, Held *held, GList *line, GList *link) {
        DoorCall *call = held_remove(held, line, link);

        backlog->n_held--;
        backlog->size -= call->size;
        return call;
}

static bool bus_is_behind(const Backlog *backlog) {
        uint64_t n;

        return sd_bus_get_n_queued_write(backlog->server->bus, &n) >= 0 && n > QUEUED_MAX;
}

static AnswerKind answer_kind(sd_bus_message *call) {
        static const char *const large[] = { "GetDetails", "Introspect", "ListJobs",
                                             "ReadOutput", "Receive",    "WaitJobs" };
        const char *member = sd_bus_message_get_member(call);

        for (size_t i = 0; i < G_N_ELEMENTS(large); i++)
                if (g_str_equal(member, large[i]))
                        return ANSWER_LARGE;
        return g_str_equal(member, "OpenOutput") ? ANSWER_WITH_FD : ANSWER_SMALL;
}

/* Of answers that handlers do not account for themselves. */
static size_t answer_size(const Backlog *backlog, sd_bus_message *call) {
        const char *member = sd_bus_message_get_member(call);

        if (g_str_equal(member, "Introspect"))
                return INTROSPECTION_SIZE + NODE_SIZE * (size_t) backlog->server->jobs->table->jobs->len;
        return g_str_equal(member, "GetAll") ? PROPERTIES_SIZE : SMALL_ANSWER;
}

/* While it is not known whether an answer with output has been taken: its client finds things as they are
 * after that, and nobody is given the same output. */
static bool must_wait(const Backlog *backlog, sd_bus_message *call, const Caller *caller) {
        const Receipts *receipts = backlog->server->receipts;
        const char *member = sd_bus_message_get_member(call), *client;
        bool receives = g_str_equal(member, "Receive");
        JobId id;

        if (job_id_parse(JOB_ID_PATH, sd_bus_message_get_path(call), &id) < 0)
                return false;
        client = receipts_client(receipts, id);
        if (client)
                return receives || g_str_equal(member, "BeginReceive") || g_str_equal(client, caller->name);
        return receives && !receipts_have_room(receipts, caller);
}

static bool has_room(const Backlog *backlog, sd_bus_message *call, const Caller *caller) {
        AnswerKind answer = answer_kind(call);

        return !must_wait(backlog, call, caller) && !(answer == ANSWER_LARGE && bus_is_behind(backlog)) &&
               unread_has_room(backlog->server->unread, caller, answer);
}

int bus_handle_again(BusServer *server, sd_bus_message *call) {
        return backlog_again(server->backlog, call);
}

/* The first call of the connection for whose answer there is room. */
static GList *find_in_line(Backlog *backlog, const HeldLine *line) {
        for (GList *link = line->calls.head; link; link = link->next) {
                sd_bus_message *call = ((const DoorCall *) link->data)->message;
                const Caller *caller = caller_find(backlog->server->callers, call);

                if (!caller || has_room(backlog, call, caller))
                        return link;
                unread_ask(backlog->server->unread, caller);
        }
        return NULL;
}

/* Through sd-bus, which finds the handler; and the filter, which lets it pass. */
static void handle(Backlog *backlog, DoorCall *call) {
        sd_bus *bus = backlog->server->bus;
        int r = sd_bus_message_rewind(call->message, true);

        if (r >= 0)
                r = sd_bus_enqueue_for_read(bus, call->message);
        if (r < 0) /* the bus is closed */
                return;
        backlog->current = call->message;
        backlog->current_is_original = call->original;
        do /* it may have something else to do first */
                r = sd_bus_process(bus, NULL);
        while (r > 0 && backlog->current);
        backlog->current = NULL;
        backlog->current_is_original = false;
}

static void answer_error(Backlog *backlog, sd_bus_message *call, const sd_bus_error *error) {
        const Caller *caller = caller_find(backlog->server->callers, call);

        if (!caller || sd_bus_message_get_expect_reply(call) <= 0)
                return;
        unread_add(backlog->server->unread, caller, UNREAD_BYTES, SMALL_ANSWER);
        (void) bus_refuse(backlog->server, call, -EINVAL, error);
        (void) sd_bus_reply_method_error(call, error);
}

/* One connection of a user may have room where another does not read. */
static DoorCall *take_next(Backlog *backlog, Held *held) {
        for (GList *line = held->lines.head; line; line = line->next) {
                GList *link = find_in_line(backlog, line->data);

                if (link)
                        return remove_call(backlog, held, line, link);
        }
        return NULL;
}

static bool release_one(Backlog *backlog, Held *held) {
        g_autoptr(DoorCall) call = take_next(backlog, held);

        if (!call)
                return false;
        if (sd_bus_error_is_set(&call->error))
                answer_error(backlog, call->message, &call->error);
        else
                handle(backlog, call);
        return true;
}

/* One call of the next user who has one that there is room for. A handler may put calls into the queues, and
 * end others. */
static bool take_turn(Backlog *backlog) {
        gint64 now = g_get_monotonic_time();

        for (guint i = g_queue_get_length(&backlog->users); i > 0; i--) {
                Held *held = g_queue_pop_head(&backlog->users);
                bool released = false;

                g_queue_push_tail(&backlog->users, held);
                if (now >= held->retry)
                        released = release_one(backlog, held);
                if (released)
                        return true;
                held->retry = MAX(held->retry, now + (gint64) PAUSE_USEC);
        }
        return false;
}

static void drop_empty(Backlog *backlog) {
        for (GList *link = backlog->users.head, *next; link; link = next) {
                Held *held = link->data;

                next = link->next;
                if (held->n_calls > 0)
                        continue;
                held_free(held);
                g_queue_delete_link(&backlog->users, link);
        }
}

/* One call. */
static void work(Backlog *backlog) {
        if (backlog->n_held == 0)
                return;
        if (take_turn(backlog))
                wake(backlog);
        else
                arm(backlog, bus_is_behind(backlog) ? PAUSE_USEC : ASK_USEC);
        drop_empty(backlog);
}

/* All is read. */
static int on_turn(sd_event_source *source, void *userdata) {
        work(userdata);
        return 0;
}

void backlog_look_again(Backlog *backlog) {
        for (GList *link = backlog->users.head; link; link = link->next)
                ((Held *) link->data)->retry = 0;
        wake(backlog);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        backlog_look_again(userdata);
        work(userdata); /* though there may be more to read */
        return 0;
}

static bool is_full(const Backlog *backlog, const DoorCall *call, uid_t uid) {
        Held *held = held_find(backlog, uid);

        if (uid != 0 && (backlog->n_held >= CALLS_MAX || backlog->size + call->size > SIZE_MAX_OF_ALL))
                return true;
        return held && !held_has_room(held, call);
}

/* Takes the call. */
static int hold(Backlog *backlog, DoorCall *taken, const Caller *caller, sd_bus_error *error) {
        g_autoptr(DoorCall) call = taken;
        bool answers = sd_bus_message_get_expect_reply(call->message) > 0;

        if (!is_full(backlog, call, caller->uid)) {
                add_call(backlog, held_get(backlog, caller->uid), g_steal_pointer(&call), false);
                return 1;
        }
        /* even an error would be one more that is not read */
        if (!answers || !unread_has_room(backlog->server->unread, caller, ANSWER_SMALL))
                return 1;
        unread_add(backlog->server->unread, caller, UNREAD_BYTES, SMALL_ANSWER);
        return error_setf(
                        error, -JOBD_E_LIMIT_EXCEEDED,
                        "More than %u calls or %u MiB of user %u, or %u calls in all, wait: try again when "
                        "answers have been read",
                        HELD_CALLS_MAX, HELD_SIZE_MAX >> 20, (unsigned) caller->uid, CALLS_MAX);
}

/* Takes the call. */
static int hold_stranger(Backlog *backlog, DoorCall *taken, sd_bus_error *error) {
        const char *name = sd_bus_message_get_sender(taken->message);
        Held *held = g_hash_table_lookup(backlog->strangers, name);
        g_autoptr(DoorCall) call = taken;

        if (!held) {
                held = held_new(UID_INVALID);
                g_hash_table_insert(backlog->strangers, g_strdup(name), held);
        }
        if (held_has_room(held, call) && backlog->strangers_size + call->size <= STRANGERS_SIZE_MAX) {
                backlog->strangers_size += call->size;
                held_add(held, g_steal_pointer(&call), false);
                return 1;
        }
        /* an honest client does not begin like that */
        if (++held->n_refused > HELD_CALLS_MAX)
                return 1;
        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                          "More than %u calls, or %u MiB, before the first answer", HELD_CALLS_MAX,
                          HELD_SIZE_MAX >> 20);
}

static void answer_stranger(DoorCall *call) {
        (void) sd_bus_reply_method_errorf(call->message, JOBD_ERROR_PREFIX "AccessDenied",
                                          "The bus does not say whose call this is");
        door_call_free(call);
}

void backlog_know_client(Backlog *backlog, const char *name, bool known) {
        g_autofree char *key = NULL;
        Held *held;
        DoorCall *call;

        if (!g_hash_table_steal_extended(backlog->strangers, name, (gpointer *) &key, (gpointer *) &held))
                return;
        backlog->strangers_size -= held->size;
        while ((call = held_pop(held))) {
                g_autoptr(sd_bus_message) message = sd_bus_message_ref(call->message);
                const Caller *caller = caller_find(backlog->server->callers, message);
                g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

                if (!known || !caller)
                        answer_stranger(call);
                else if (hold(backlog, call, caller, &error) < 0)
                        (void) sd_bus_reply_method_error(message, &error);
        }
        held_free(held);
}

/* It is this call's turn: its answer is accounted. */
static void let_pass(Backlog *backlog, sd_bus_message *call) {
        const Caller *caller = caller_find(backlog->server->callers, call);

        backlog->current = NULL;
        if (!caller || sd_bus_message_get_expect_reply(call) <= 0)
                return;
        unread_add(backlog->server->unread, caller, UNREAD_BYTES, answer_size(backlog, call));
        if (answer_kind(call) == ANSWER_WITH_FD)
                unread_add(backlog->server->unread, caller, UNREAD_FDS, 1);
}

/* There is no room for it, and nobody to be told: at once, as there may be very many. */
static bool is_in_vain(const Backlog *backlog, sd_bus_message *call) {
        const Caller *caller = caller_find(backlog->server->callers, call);
        const Held *held = caller ? held_find(backlog, caller->uid) : NULL;

        return held && held->n_calls >= HELD_CALLS_MAX && sd_bus_message_get_expect_reply(call) <= 0;
}

int backlog_filter(Backlog *backlog, sd_bus_message *m, sd_bus_error *error) {
        g_autoptr(DoorCall) call = NULL;
        const Caller *caller;
        int r;

        if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0)
                return 0;
        if (m == backlog->current) {
                let_pass(backlog, m);
                return 0;
        }
        if (is_in_vain(backlog, m))
                return 1;
        r = door_take(m, &call);
        if (r > 0)
                r = caller_get(backlog->server->callers, m, &caller, error);
        else if (r == 0)
                return 1;
        if (r < 0)
                return r;
        return r > 0 ? hold(backlog, g_steal_pointer(&call), caller, error)
                     : hold_stranger(backlog, g_steal_pointer(&call), error);
}

int backlog_again(Backlog *backlog, sd_bus_message *call) {
        const Caller *caller = caller_find(backlog->server->callers, call);
        DoorCall *again;

        if (!caller)
                return -ENXIO;
        again = g_new0(DoorCall, 1);
        again->message = sd_bus_message_ref(call); /* who kept it has accounted for it */
        add_call(backlog, held_get(backlog, caller->uid), again, true);
        return 0;
}

int backlog_keep(Backlog *backlog, sd_bus_message *call, sd_bus_message **ret) {
        if (backlog->current_is_original)
                return door_copy_original(call, ret);
        *ret = sd_bus_message_ref(call);
        return 0;
}

int bus_send_large(BusServer *server, sd_bus_message *call, sd_bus_message *reply, size_t size) {
        const Caller *caller = caller_find(server->callers, call);

        if (caller && sd_bus_message_get_expect_reply(call) > 0)
                unread_add(server->unread, caller, UNREAD_BYTES, size);
        return sd_bus_send(server->bus, reply, NULL);
}

static void drop_calls(Backlog *backlog, Held *held, const char *name) {
        guint n_calls = held->n_calls;
        size_t size = held->size;

        held_drop(held, name);
        backlog->n_held -= n_calls - held->n_calls;
        backlog->size -= size - held->size;
}

void backlog_drop_client(Backlog *backlog, const char *name) {
        const Held *stranger = g_hash_table_lookup(backlog->strangers, name);

        if (stranger)
                backlog->strangers_size -= stranger->size;
        (void) g_hash_table_remove(backlog->strangers, name);
        for (GList *link = backlog->users.head; link; link = link->next)
                drop_calls(backlog, link->data, name);
        wake(backlog);
}

int backlog_new(BusServer *server, Backlog **ret) {
        sd_event *event = sd_bus_get_event(server->bus);
        g_autoptr(Backlog) backlog = g_new0(Backlog, 1);
        int r;

        backlog->server = server;
        backlog->strangers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, held_free);
        g_queue_init(&backlog->users);
        r = sd_event_add_time(event, &backlog->timer, CLOCK_MONOTONIC, 0, 1, on_timer, backlog);
        if (r >= 0)
                r = sd_event_source_set_enabled(backlog->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(event, &backlog->turn, on_turn, backlog);
        /* behind the bus: an event source that is always wanted would come before one that is found by
         * polling */
        if (r >= 0)
                r = sd_event_source_set_priority(backlog->turn, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&backlog);
        return 0;
}

void backlog_free(Backlog *backlog) {
        sd_event_source_disable_unref(backlog->turn);
        sd_event_source_disable_unref(backlog->timer);
        g_queue_clear_full(&backlog->users, held_free);
        g_hash_table_unref(backlog->strangers);
        g_free(backlog);
}
