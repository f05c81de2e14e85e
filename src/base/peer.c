/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/peer.h"

#include <string.h>

#define BUS_PATH "/org/freedesktop/DBus"

typedef struct Watch {
        Peer *peer;
        sd_bus_slot *slot;
        sd_bus_message_handler_t handler;
        void *userdata;
} Watch;

struct Peer {
        sd_bus *bus;
        char *name;
        char *owner; /* unique name; NULL: none, or not known yet */
        const PeerHandler *handler;
        void *userdata;
        Peer *driver;       /* the bus, which tells of owners; NULL if that is who this is */
        sd_bus_slot *asked; /* GetNameOwner */
        guint n_missing;    /* answers */
        GPtrArray *watches;
        Watch *addressed;
};

static void watch_free(gpointer p) {
        Watch *watch = p;

        sd_bus_slot_unref(watch->slot);
        g_free(watch);
}

static void set_owner(Peer *peer, const char *owner) {
        g_free(peer->owner);
        peer->owner = owner[0] ? g_strdup(owner) : NULL;
}

static bool is_from(const Peer *peer, sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);

        return peer->owner && sender && strcmp(sender, peer->owner) == 0;
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Watch *watch = userdata;

        if (!is_from(watch->peer, m) || sd_bus_message_get_destination(m))
                return 0;
        return watch->handler(m, watch->userdata, ret_error);
}

static int on_addressed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const Watch *watch = userdata;

        if (sd_bus_message_is_signal(m, NULL, NULL) <= 0 || !sd_bus_message_get_destination(m) ||
            !is_from(watch->peer, m))
                return 0;
        return watch->handler(m, watch->userdata, ret_error);
}

int peer_take_addressed(Peer *peer, sd_bus_message_handler_t handler, void *userdata) {
        g_assert(!peer->addressed);
        peer->addressed = g_new(Watch, 1);
        *peer->addressed = (Watch){ .peer = peer, .handler = handler, .userdata = userdata };
        return sd_bus_add_filter(peer->bus, &peer->addressed->slot, on_addressed, peer->addressed);
}

static void one_answered(Peer *peer) {
        g_assert(peer->n_missing > 0);
        if (--peer->n_missing == 0 && peer->handler->ready)
                peer->handler->ready(peer->userdata);
}

static int on_installed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Peer *peer = ((const Watch *) userdata)->peer;

        if (error)
                peer->handler->failed(error, peer->userdata);
        else
                one_answered(peer);
        return 0;
}

int peer_watch(Peer *peer, const char *rule, sd_bus_message_handler_t handler, void *userdata) {
        /* With the sender: the bus then wakes us for nobody else's broadcasts. */
        g_autofree char *full = g_strdup_printf("type='signal',sender='%s',%s", peer->name, rule);
        Watch *watch = g_new(Watch, 1);
        int r;

        *watch = (Watch){ .peer = peer, .handler = handler, .userdata = userdata };
        r = sd_bus_add_match_async(peer->bus, &watch->slot, full, on_signal, on_installed, watch);
        if (r < 0) {
                g_free(watch);
                return r;
        }
        g_ptr_array_add(peer->watches, watch);
        peer->n_missing++;
        return 0;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Peer *peer = userdata;
        const char *owner = "";

        if (error && !sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
                peer->handler->failed(error, peer->userdata);
                return 0;
        }
        if (error || sd_bus_message_read(reply, "s", &owner) >= 0)
                set_owner(peer, owner);
        one_answered(peer);
        return 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const char *name, *before, *now;
        Peer *peer = userdata;

        if (sd_bus_message_read(m, "sss", &name, &before, &now) < 0 || strcmp(name, peer->name) != 0)
                return 0;
        set_owner(peer, now);
        if (peer->handler->changed)
                peer->handler->changed(peer->owner, peer->userdata);
        return 0;
}

static void on_driver_failed(const sd_bus_error *error, void *userdata) {
        Peer *peer = userdata;

        peer->handler->failed(error, peer->userdata);
}

static void on_driver_ready(void *userdata) {
        one_answered(userdata);
}

/* Who owns the name: told from now on, and asked for once. */
static int follow_owner(Peer *peer) {
        static const PeerHandler handler = { .ready = on_driver_ready, .failed = on_driver_failed };
        g_autofree char *rule = g_strdup_printf("path='" BUS_PATH "',interface='" PEER_BUS
                                                "',member='NameOwnerChanged',arg0='%s'",
                                                peer->name);
        int r;

        r = peer_new(peer->bus, PEER_BUS, &handler, peer, &peer->driver);
        if (r >= 0)
                r = peer_watch(peer->driver, rule, on_owner_changed, peer);
        if (r < 0)
                return r;
        peer->n_missing++;
        r = sd_bus_call_method_async(peer->bus, &peer->asked, PEER_BUS, BUS_PATH, PEER_BUS, "GetNameOwner",
                                     on_owner, peer, "s", peer->name);
        if (r >= 0)
                peer->n_missing++;
        return r;
}

int peer_new(sd_bus *bus, const char *name, const PeerHandler *handler, void *userdata, Peer **ret) {
        g_autoptr(Peer) peer = g_new0(Peer, 1);
        int r = 0;

        peer->bus = sd_bus_ref(bus);
        peer->name = g_strdup(name);
        peer->handler = handler;
        peer->userdata = userdata;
        peer->watches = g_ptr_array_new_with_free_func(watch_free);
        if (strcmp(name, PEER_BUS) == 0)
                set_owner(peer, name);
        else
                r = follow_owner(peer);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&peer);
        return 0;
}

void peer_free(Peer *peer) {
        sd_bus_slot_unref(peer->asked);
        g_clear_pointer(&peer->driver, peer_free);
        g_ptr_array_unref(peer->watches);
        if (peer->addressed)
                watch_free(peer->addressed);
        sd_bus_unref(peer->bus);
        g_free(peer->owner);
        g_free(peer->name);
        g_free(peer);
}
