/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/*
 * Every call that waits. It does so in one place at a time, and is on the account of its user meanwhile;
 * each place says how much of that there may be. When its client leaves the bus, it goes.
 */

typedef enum CallPlace {
        CALL_WAITS_FOR_CALLER, /* for the bus to say whose it is: backlog.h */
        CALL_WAITS_FOR_TURN,
        CALL_WAITS_FOR_JOBS, /* for something to happen to them: pending.h */
        _CALL_PLACE_MAX,
} CallPlace;

/* What calls take. */
typedef struct CallLoad {
        size_t size; /* bytes */
        guint n_calls, n_fds;
        guint n_jobs; /* that they wait for */
} CallLoad;

typedef struct BusCalls BusCalls;

typedef struct BusCall {
        sd_bus_message *message; /* a copy, or what its answer needs, and no more */
        CallLoad load;           /* its own: one call */
        uid_t uid;
        bool original;      /* too many values to copy at once: the client's own message */
        sd_bus_error error; /* it is to be answered with that; its message is a stub */
        /* for the place where it is */
        void *holder;
        GList in_place;
        /* as bus_call_enter() and bus_call_leave() have it */
        BusCalls *calls;
        CallPlace place;
        GList of_client;
} BusCall;

BusCalls *bus_calls_new(void);
void bus_calls_free(BusCalls *calls); /* drops those that are still there */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusCalls, bus_calls_free)

/* `drop`: a client has left; the call is to leave that place, unanswered. */
void bus_calls_set_place(BusCalls *calls, CallPlace place, void (*drop)(BusCall *call));

/* Of a message that it keeps, which it takes. */
BusCall *bus_call_new(sd_bus_message *taken, size_t size, guint n_fds);
void bus_call_free(BusCall *call); /* it leaves */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusCall, bus_call_free)

void bus_call_enter(BusCalls *calls, BusCall *call, CallPlace place, uid_t uid);
void bus_call_leave(BusCall *call);

/* All that wait there, of one user or of all. */
CallLoad bus_calls_of_user(const BusCalls *calls, CallPlace place, uid_t uid);
CallLoad bus_calls_of_all(const BusCalls *calls, CallPlace place);

/* The same, of one connection. */
CallLoad bus_calls_of_client(const BusCalls *calls, CallPlace place, const char *name);

/* Its call that came first of those that wait, if that waits there, or NULL. */
BusCall *bus_calls_first(const BusCalls *calls, CallPlace place, const char *name);

void bus_calls_drop_client(BusCalls *calls, const char *name);
