/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <check.h>
#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "wire/names.h"

/*
 * What every test on a private bus needs: one event loop, in which both sides of the conversation live, and
 * clients that send calls and remember what they are sent. Nothing waits for time to pass: a test turns the
 * loop until what it waits for has come, and Check's time limit ends it if that never comes.
 */

extern sd_event *loop;

void loop_setup(void);
void loop_teardown(void);

/* Turns the loop once, waiting for something to happen. */
void loop_turn(void);

#define loop_until(condition) \
        while (!(condition))  \
        loop_turn()

/* A connection to the bus of the test. `uid` ≠ 0 needs root. */
sd_bus *bus_connect(uid_t uid);

/* True if the test may be several users. */
bool have_users(void);
#define USER       1U /* daemon, and bin: dbus-daemon turns users away that it cannot look up */
#define OTHER_USER 2U

/* Everything that `bus` has sent so far was handled by `peer`, a connection of the same loop. */
void bus_settle(sd_bus *bus, const char *peer);

/* A signal of the bus that is none: `name` has left, or has `owner` now. To `destination`, or to
 * everybody. */
void forge_owner(sd_bus *bus, const char *destination, const char *name, const char *owner);

typedef struct Client {
        sd_bus *bus;
        const char *peer;  /* whom it calls */
        GPtrArray *events; /* of char *: signals and answers, in order of arrival */
        sd_bus_slot *match, *filter;
} Client;

/* `watch`: it gets all signals of `peer`. */
Client *client_new(const char *peer, uid_t uid, bool watch);
/* From now on also those that `peer` addresses to it. */
void client_take_addressed(Client *client);
void client_free(Client *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Client, client_free)

/* "MEMBER ARG ARG …" of a signal, or "PropertiesChanged PATH A,B [C]" with invalidated names in brackets.
 * The i-th that begins with `prefix`, NULL if it has not come. */
const char *client_event(const Client *client, const char *prefix, guint i);
guint client_n_events(const Client *client, const char *prefix);
/* Place of the first that begins with `prefix` among all, −1 for none. */
int client_event_place(const Client *client, const char *prefix);

/* A call on its way. */
typedef struct Call {
        sd_bus_message *reply;
        sd_bus_slot *slot;
        Client *client;
        char *member;
} Call;

sd_bus_message *call_new(Client *client, const char *path, const char *interface, const char *member);
Call *call_send(Client *client, sd_bus_message *m);
void call_free(Call *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Call, call_free)

/* The answer, waited for; an error, too. Belongs to the call. */
sd_bus_message *call_wait(Call *call);

/* Sends, waits; the caller unrefs the reply. */
sd_bus_message *call_message(Client *client, sd_bus_message *m);
sd_bus_message *call_sync(Client *client, const char *path, const char *interface, const char *member,
                          const char *types, ...);
Call *call_async(Client *client, const char *path, const char *interface, const char *member,
                 const char *types, ...);

/* The reply is an error of this name (behind org.jobd1.Error. unless it has a dot), with `text` in its
 * message. */
void assert_error(sd_bus_message *reply, const char *name, const char *text);
void assert_ok(sd_bus_message *reply);

/* One property as text, by its basic type; for the caller to free. */
char *get_property(Client *client, const char *path, const char *interface, const char *name);
