/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/subscribers.h"

#include "base/error.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/tally.h"
#include "wire/names.h"

/*
 * dbus-daemon tells what a connection has not read (unread.h). Of any other bus the connection itself is
 * asked: it answers a ping when it has read all that was sent before. Not where dbus-daemon is: it lets jobd
 * wait for 128 answers at once.
 */

/* While somebody is behind. */
static const RetryPause ask_again = { .min = 100000, .max = 2000000 };

struct Subscribers {
        sd_bus *bus;
        Unread *unread;
        GHashTable *by_name; /* of Subscriber */
        Tally *by_uid;
        guint n_behind;
        Retry *retry; /* while some are */
};

typedef struct Subscriber {
        Subscribers *all;
        Caller caller;      /* name and user alone */
        size_t sent;        /* since the last ping that was answered */
        size_t before_ping; /* of it, before the one that is under way */
        sd_bus_slot *ping;
        bool behind; /* it is sent nothing, and has missed something */
} Subscriber;

static void set_behind(Subscriber *subscriber, bool behind) {
        if (subscriber->behind == behind)
                return;
        subscriber->behind = behind;
        if (behind)
                subscriber->all->n_behind++;
        else
                subscriber->all->n_behind--;
}

static void subscriber_free(gpointer p) {
        Subscriber *subscriber = p;

        set_behind(subscriber, false);
        tally_subtract(subscriber->all->by_uid, subscriber->caller.uid, 1);
        sd_bus_slot_unref(subscriber->ping);
        g_free(subscriber->caller.name);
        g_free(subscriber);
}

static size_t count_unread(const Subscriber *subscriber) {
        const Unread *unread = subscriber->all->unread;

        return unread_is_told(unread) ? unread_bytes(unread, &subscriber->caller) : subscriber->sent;
}

static int on_pong(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Subscriber *subscriber = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        subscriber->ping = sd_bus_slot_unref(subscriber->ping);
        /* the bus itself says that it took no more for this connection: asked again by the timer */
        if (error && (sd_bus_error_has_name(error, SD_BUS_ERROR_LIMITS_EXCEEDED) ||
                      sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY)))
                return 0;
        subscriber->sent -= subscriber->before_ping;
        subscribers_settled(subscriber->all);
        return 0;
}

static void ping(Subscriber *subscriber) {
        g_autoptr(sd_bus_message) call = NULL;
        int r;

        if (subscriber->ping)
                return;
        r = sd_bus_message_new_method_call(subscriber->all->bus, &call, subscriber->caller.name, "/",
                                           "org.freedesktop.DBus.Peer", "Ping");
        if (r >= 0)
                r = sd_bus_call_async(subscriber->all->bus, &subscriber->ping, call, on_pong, subscriber,
                                      UINT64_MAX);
        if (r >= 0)
                subscriber->before_ping = subscriber->sent;
}

static void ask(Subscriber *subscriber) {
        if (unread_is_told(subscriber->all->unread))
                unread_ask(subscriber->all->unread, &subscriber->caller);
        else
                ping(subscriber);
}

/* True: nobody is behind. */
static bool ask_all(void *userdata) {
        Subscribers *subscribers = userdata;
        GHashTableIter iter;
        gpointer subscriber;

        g_hash_table_iter_init(&iter, subscribers->by_name);
        while (g_hash_table_iter_next(&iter, NULL, &subscriber))
                if (((const Subscriber *) subscriber)->behind)
                        ask(subscriber);
        return subscribers->n_behind == 0;
}

static int send_to(Subscriber *subscriber, sd_bus_message *copy, size_t size) {
        int r = sd_bus_message_set_destination(copy, subscriber->caller.name);

        if (r >= 0)
                r = sd_bus_send(subscriber->all->bus, copy, NULL);
        if (r < 0)
                return r;
        unread_add(subscriber->all->unread, &subscriber->caller, UNREAD_BYTES, size);
        subscriber->sent += size;
        if (count_unread(subscriber) > SUBSCRIBER_UNREAD_MAX / 8)
                ask(subscriber);
        return 0;
}

static bool has_room(const Subscriber *subscriber, size_t limit) {
        return count_unread(subscriber) < limit &&
               unread_has_room(subscriber->all->unread, &subscriber->caller, ANSWER_SMALL);
}

static int send_copy(Subscriber *subscriber, sd_bus_message *signal, size_t size) {
        g_autoptr(sd_bus_message) copy = NULL;
        int r;

        r = sd_bus_message_new_signal(subscriber->all->bus, &copy, sd_bus_message_get_path(signal),
                                      sd_bus_message_get_interface(signal),
                                      sd_bus_message_get_member(signal));
        if (r >= 0)
                r = sd_bus_message_rewind(signal, true);
        if (r >= 0)
                r = sd_bus_message_copy(copy, signal, true);
        return r < 0 ? r : send_to(subscriber, copy, size);
}

/* What cannot be sent for whatever reason was missed. */
static void tell(Subscriber *subscriber, sd_bus_message *signal, size_t size) {
        if (subscriber->behind ||
            (has_room(subscriber, SUBSCRIBER_UNREAD_MAX) && send_copy(subscriber, signal, size) >= 0))
                return;
        set_behind(subscriber, true);
        retry_later(subscriber->all->retry);
}

void subscribers_send(Subscribers *subscribers, sd_bus_message *signal, size_t size) {
        GHashTableIter iter;
        gpointer subscriber;

        g_hash_table_iter_init(&iter, subscribers->by_name);
        while (g_hash_table_iter_next(&iter, NULL, &subscriber))
                tell(subscriber, signal, size);
}

static void catch_up(Subscriber *subscriber) {
        g_autoptr(sd_bus_message) signal = NULL;

        if (!subscriber->behind || !has_room(subscriber, SUBSCRIBER_UNREAD_MAX / 2))
                return;
        if (sd_bus_message_new_signal(subscriber->all->bus, &signal, JOBD_MANAGER_PATH,
                                      JOBD_MANAGER_INTERFACE, "SignalsMissed") >= 0 &&
            send_to(subscriber, signal, SUBSCRIBER_SIGNAL_SIZE) >= 0)
                set_behind(subscriber, false);
}

void subscribers_settled(Subscribers *subscribers) {
        GHashTableIter iter;
        gpointer subscriber;

        g_hash_table_iter_init(&iter, subscribers->by_name);
        while (subscribers->n_behind > 0 && g_hash_table_iter_next(&iter, NULL, &subscriber))
                catch_up(subscriber);
}

int subscribers_add(Subscribers *subscribers, const Caller *caller, sd_bus_error *error) {
        guint all = g_hash_table_size(subscribers->by_name) - tally_get(subscribers->by_uid, 0);
        Subscriber *subscriber;

        if (g_hash_table_contains(subscribers->by_name, caller->name))
                return 0;
        if (caller->uid != 0 && tally_get(subscribers->by_uid, caller->uid) >= USER_SUBSCRIPTIONS_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "%u connections of user %u have subscribed already: close one, or "
                                  "Unsubscribe",
                                  USER_SUBSCRIPTIONS_MAX, (unsigned) caller->uid);
        if (caller->uid != 0 && all >= SUBSCRIPTIONS_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "%u connections have subscribed already: try again later",
                                  SUBSCRIPTIONS_MAX);
        subscriber = g_new(Subscriber, 1);
        *subscriber = (Subscriber){
                .all = subscribers,
                .caller = { .name = g_strdup(caller->name), .uid = caller->uid, .process = -1 },
        };
        tally_add(subscribers->by_uid, caller->uid, 1);
        g_hash_table_insert(subscribers->by_name, subscriber->caller.name, subscriber);
        return 0;
}

void subscribers_drop_client(Subscribers *subscribers, const char *name) {
        (void) g_hash_table_remove(subscribers->by_name, name);
}

bool subscribers_are_none(const Subscribers *subscribers) {
        return g_hash_table_size(subscribers->by_name) == 0;
}

Subscribers *subscribers_new(sd_bus *bus, Unread *unread) {
        Subscribers *subscribers = g_new0(Subscribers, 1);

        subscribers->bus = sd_bus_ref(bus);
        subscribers->unread = unread;
        subscribers->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, subscriber_free);
        subscribers->by_uid = tally_new();
        subscribers->retry = retry_new(sd_bus_get_event(bus), "The question whether subscribers read",
                                       &ask_again, ask_all, subscribers);
        return subscribers;
}

void subscribers_free(Subscribers *subscribers) {
        retry_free(subscribers->retry);
        g_hash_table_unref(subscribers->by_name);
        tally_free(subscribers->by_uid);
        sd_bus_unref(subscribers->bus);
        g_free(subscribers);
}
