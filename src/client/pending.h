/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/client.h"

/*
 * A call under way: sent, and then waited for, as many as there are at a time. What becomes of it where jobd
 * goes away, or somebody must be asked first, is call.h's.
 */

/* A call under way. */
typedef struct Pending {
        sd_bus_message *call; /* to be sent again */
        bool may_ask;         /* if it takes a question to the person */
        bool once;            /* not when jobd went away before it answered */
        unsigned n_sent;
        const sd_bus *bus; /* over which it went; that may be gone */
        sd_bus_slot *slot;
        sd_bus_message *reply; /* once it is there; may be an error */
} Pending;

void pending_done(Pending *p);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pending, pending_done)

/* Sends; the answer may take for ever. Negative errno. */
int pending_send(Client *c, sd_bus_message *call, Pending *p);

/* The same for what is asked beside: nobody is bothered with a question for it. */
int pending_send_aside(Client *c, sd_bus_message *call, Pending *p);

/* Sends a message that repeats the call of `p`. Negative errno. */
int pending_send_copy(Client *c, sd_bus_message *m, Pending *p);

/*
 * Waits for what comes of this one sending, `timeout_usec` at most (UINT64_MAX: as long as it takes).
 * Returns as pending_wait().
 */
int pending_wait_once(Client *c, Pending *p, uint64_t timeout_usec);

/* True if it says that the connection has ended. */
bool is_disconnect(int r);

/* The answer as sd_bus_call() gives it: negative errno and `error` for an error reply. */
int pending_result(Pending *p, sd_bus_error *error);
