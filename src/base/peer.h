/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/*
 * The signals of one peer on the bus, and of nobody else. A match rule with a sender is no check:
 * dbus-daemon hands over every signal that is addressed to us, and sd-bus then takes any sender for the
 * owner of a well-known name. So the sender is compared here with the unique name that owns the peer's name
 * now. The bus itself is its own owner. What is addressed to us does not count either, but for who has asked
 * the peer for that: those whom we hear speak to everybody.
 *
 * Signals that come before the bus has said who the owner is are dropped. They are no loss to who asks for
 * the peer's state after peer_new(): the bus takes our messages in their order, so what that answer says is
 * newer.
 */

typedef struct Peer Peer;

typedef struct PeerHandler {
        /* All that was asked for is in place. Never from within peer_new() and peer_watch(). */
        void (*ready)(void *userdata);
        /* The name has a new owner, or, NULL, none any more. Not called for the one that was there at
         * first. */
        void (*changed)(const char *owner, void *userdata);
        /* The bus refuses: the peer will not be heard. */
        void (*failed)(const sd_bus_error *error, void *userdata);
} PeerHandler;

#define PEER_BUS "org.freedesktop.DBus"

/* `name`: a well-known name, or PEER_BUS. Only `failed` must be there. */
int peer_new(sd_bus *bus, const char *name, const PeerHandler *handler, void *userdata, Peer **ret);
void peer_free(Peer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Peer, peer_free)

/* What the peer addresses to this connection alone: who has subscribed to something. Once a peer; no rule is
 * needed. */
int peer_take_addressed(Peer *peer, sd_bus_message_handler_t handler, void *userdata);

/* `rule`: of sd_bus_add_match(3) without type and sender, as "member='Reloading'". */
int peer_watch(Peer *peer, const char *rule, sd_bus_message_handler_t handler, void *userdata);
