/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "bus/backlog.h"
#include "bus/internal.h"

/*
 * Before all handlers: a call whose answer there is no room for waits. A client may send many calls and read no answer:
 * sd-bus keeps what the bus does not take, as much as there is, and dbus-daemon what the client does not take (owed.h).
 */

#define QUEUED_MAX         8U    /* messages that the bus has not taken, when a large answer is made */
#define HELD_PER_USER_MAX  1024U /* calls that wait */
#define HELD_MAX           4096U /* of all users; root: no limit by others */
#define AT_ONCE            8U
#define PAUSE_USEC         UINT64_C(5000)  /* while the bus is behind */
#define ASK_USEC           UINT64_C(50000) /* while clients are */
#define SMALL_ANSWER       1024U           /* no less than an answer that has a fixed form, or an error */
#define PROPERTIES_SIZE    4096U
#define INTROSPECTION_SIZE 16384U
#define NODE_SIZE          32U /* of a job in an introspection */

/* The calls of one user, about in the order in which they came: one that there is room for does not wait for another. */
typedef struct Held {
        uid_t uid;
        GQueue calls;
} Held;

struct Backlog {
        BusServer *server;
        Owed *owed;
        GQueue users; /* of Held: those who have calls that wait, the next one's turn first */
        guint n_held;
        sd_event_source *timer;
};

static void message_unref(gpointer p) {
        sd_bus_message_unref(p);
}

static void held_free(gpointer p) {
        Held *held = p;

        g_queue_clear_full(&held->calls, message_unref);
        g_free(held);
}

static Held *held_find(const Backlog *backlog, uid_t uid) {
        for (const GList *link = backlog->users.head; link; link = link->next)
                if (((const Held *) link->data)->uid == uid)
                        return link->data;
        return NULL;
}

static guint n_held_of(const Backlog *backlog, uid_t uid) {
        Held *held = held_find(backlog, uid);

        return held ? g_queue_get_length(&held->calls) : 0;
}

static GQueue *held_get(Backlog *backlog, uid_t uid) {
        Held *held = held_find(backlog, uid);

        if (held)
                return &held->calls;
        held = g_new0(Held, 1);
        held->uid = uid;
        g_queue_init(&held->calls);
        g_queue_push_tail(&backlog->users, held);
        return &held->calls;
}

static bool bus_is_behind(const Backlog *backlog) {
        uint64_t n;

        return sd_bus_get_n_queued_write(backlog->server->bus, &n) >= 0 && n > QUEUED_MAX;
}

static OwedAnswer answer_kind(sd_bus_message *call) {
        static const char *const large[] = { "GetDetails", "Introspect", "ListJobs",
                                             "ReadOutput", "Receive",    "WaitJobs" };
        const char *member = sd_bus_message_get_member(call);

        for (size_t i = 0; i < G_N_ELEMENTS(large); i++)
                if (g_str_equal(member, large[i]))
                        return OWED_LARGE;
        return g_str_equal(member, "OpenOutput") ? OWED_WITH_FD : OWED_SMALL;
}

/* Of answers that handlers do not account for themselves. */
static size_t answer_size(const Backlog *backlog, sd_bus_message *call) {
        const char *member = sd_bus_message_get_member(call);

        if (g_str_equal(member, "Introspect"))
                return INTROSPECTION_SIZE + NODE_SIZE * (size_t) backlog->server->jobs->jobs->len;
        return g_str_equal(member, "GetAll") ? PROPERTIES_SIZE : SMALL_ANSWER;
}

static bool has_room(const Backlog *backlog, sd_bus_message *call, const Caller *caller) {
        OwedAnswer answer = answer_kind(call);

        return !(answer == OWED_LARGE && bus_is_behind(backlog)) &&
               owed_has_room(backlog->owed, caller, answer);
}

int bus_handle_again(BusServer *server, sd_bus_message *call) {
        int r = sd_bus_message_rewind(call, true);

        return r < 0 ? r : sd_bus_enqueue_for_read(server->bus, call);
}

/* The first call for whose answer there is room: one connection of a user may have it where another does not read. */
static GList *find_next(Backlog *backlog, Held *held) {
        for (GList *link = held->calls.head; link; link = link->next) {
                const Caller *caller = caller_find(backlog->server->callers, link->data);

                if (!caller || has_room(backlog, link->data, caller))
                        return link;
                owed_ask(backlog->owed, caller);
        }
        return NULL;
}

static bool release_one(Backlog *backlog, Held *held) {
        GList *link = find_next(backlog, held);
        g_autoptr(sd_bus_message) call = NULL;

        if (!link)
                return false;
        call = link->data;
        g_queue_delete_link(&held->calls, link);
        backlog->n_held--;
        if (bus_handle_again(backlog->server, call) < 0) {
                authz_drop_call(backlog->server->authz, call);
                (void) sd_bus_reply_method_errorf(call, JOBD_ERROR_PREFIX "LimitExceeded",
                                                  "Too many calls at once: try again");
        }
        return true;
}

static void arm(Backlog *backlog, uint64_t usec) {
        (void) sd_event_source_set_time_relative(backlog->timer, usec);
        (void) sd_event_source_set_enabled(backlog->timer, SD_EVENT_ONESHOT);
}

static void release(void *userdata) {
        Backlog *backlog = userdata;
        guint released = 0, in_vain = 0;

        while (released < AT_ONCE && in_vain < g_queue_get_length(&backlog->users)) {
                Held *held = g_queue_pop_head(&backlog->users);

                if (release_one(backlog, held)) {
                        released++;
                        in_vain = 0;
                } else
                        in_vain++;
                if (g_queue_is_empty(&held->calls))
                        held_free(held);
                else
                        g_queue_push_tail(&backlog->users, held);
        }
        if (backlog->n_held > 0)
                arm(backlog, released == AT_ONCE || bus_is_behind(backlog) ? PAUSE_USEC : ASK_USEC);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        release(userdata);
        return 0;
}

static int hold(Backlog *backlog, sd_bus_message *call, const Caller *caller, sd_bus_error *error) {
        if (n_held_of(backlog, caller->uid) >= HELD_PER_USER_MAX ||
            (caller->uid != 0 && backlog->n_held >= HELD_MAX)) {
                authz_drop_call(backlog->server->authz, call);
                /* even an error would be one more that is not read */
                if (!owed_has_room(backlog->owed, caller, OWED_SMALL))
                        return 1;
                owed_add(backlog->owed, caller, OWED_BYTES, SMALL_ANSWER);
                return error_setf(
                                error, -JOBD_E_LIMIT_EXCEEDED,
                                "More than %u calls of user %u, or %u in all, wait until answers are read: "
                                "try again",
                                HELD_PER_USER_MAX, (unsigned) caller->uid, HELD_MAX);
        }
        if (backlog->n_held == 0) /* later ones do not put it off */
                arm(backlog, PAUSE_USEC);
        g_queue_push_tail(held_get(backlog, caller->uid), sd_bus_message_ref(call));
        backlog->n_held++;
        owed_ask(backlog->owed, caller);
        return 1;
}

int backlog_filter(Backlog *backlog, sd_bus_message *m, sd_bus_error *error) {
        const Caller *caller;
        int r;

        if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0 || sd_bus_message_get_expect_reply(m) <= 0)
                return 0;
        r = caller_get(backlog->server->callers, m, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!has_room(backlog, m, caller))
                return hold(backlog, m, caller, error);
        owed_add(backlog->owed, caller, OWED_BYTES, answer_size(backlog, m));
        if (answer_kind(m) == OWED_WITH_FD)
                owed_add(backlog->owed, caller, OWED_FDS, 1);
        return 0;
}

int bus_send_large(BusServer *server, sd_bus_message *call, sd_bus_message *reply, size_t size) {
        const Caller *caller = caller_find(server->callers, call);

        if (caller && sd_bus_message_get_expect_reply(call) > 0)
                owed_add(server->backlog->owed, caller, OWED_BYTES, size);
        return sd_bus_send(server->bus, reply, NULL);
}

static void drop_calls(Backlog *backlog, Held *held, const char *name) {
        for (GList *link = held->calls.head, *next; link; link = next) {
                next = link->next;
                if (!g_str_equal(sd_bus_message_get_sender(link->data), name))
                        continue;
                sd_bus_message_unref(link->data);
                g_queue_delete_link(&held->calls, link);
                backlog->n_held--;
        }
}

void backlog_drop_client(Backlog *backlog, const char *name) {
        for (GList *link = backlog->users.head, *next; link; link = next) {
                Held *held = link->data;

                next = link->next;
                drop_calls(backlog, held, name);
                if (g_queue_is_empty(&held->calls)) {
                        held_free(held);
                        g_queue_delete_link(&backlog->users, link);
                }
        }
        owed_drop_client(backlog->owed, name);
}

const Owed *backlog_owed(const Backlog *backlog) {
        return backlog->owed;
}

int backlog_new(BusServer *server, Backlog **ret) {
        g_autoptr(Backlog) backlog = g_new0(Backlog, 1);
        int r;

        backlog->server = server;
        backlog->owed = owed_new(server->bus, release, backlog);
        g_queue_init(&backlog->users);
        r = sd_event_add_time(sd_bus_get_event(server->bus), &backlog->timer, CLOCK_MONOTONIC, 0, 1,
                              on_timer, backlog);
        if (r >= 0)
                r = sd_event_source_set_enabled(backlog->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&backlog);
        return 0;
}

void backlog_free(Backlog *backlog) {
        sd_event_source_disable_unref(backlog->timer);
        g_queue_clear_full(&backlog->users, held_free);
        owed_free(backlog->owed);
        g_free(backlog);
}
