/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "client/bus.h"
#include "client/pending.h"

void pending_done(Pending *p) {
        p->call = sd_bus_message_unref(p->call);
        p->slot = sd_bus_slot_unref(p->slot);
        p->reply = sd_bus_message_unref(p->reply);
}

bool is_disconnect(int r) {
        return r == -ENOTCONN || r == -ECONNRESET;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Pending *p = userdata;

        (void) error;
        p->reply = sd_bus_message_ref(reply);
        return 0;
}

/* Without a connection it waits for one, as if the answer had been lost. */
int pending_send_copy(Client *c, sd_bus_message *m, Pending *p) {
        int r = sd_bus_call_async(c->bus, &p->slot, m, on_reply, p, UINT64_MAX);

        p->n_sent++;
        p->bus = c->bus;
        return is_disconnect(r) ? 0 : r;
}

int pending_send_aside(Client *c, sd_bus_message *m, Pending *p) {
        pending_done(p);
        *p = (Pending){ .call = sd_bus_message_ref(m) };
        return pending_send_copy(c, m, p);
}

int pending_send(Client *c, sd_bus_message *m, Pending *p) {
        int r = pending_send_aside(c, m, p);

        p->may_ask = !c->no_ask_password;
        return r;
}

/* Not of the bus in its place, nor made up for a connection that has ended. */
static bool is_jobds(sd_bus_message *reply) {
        const char *sender = sd_bus_message_get_sender(reply);

        return sender && sender[0] == ':';
}

int pending_wait_once(Client *c, Pending *p, uint64_t timeout_usec) {
        uint64_t deadline = timeout_usec == UINT64_MAX ? UINT64_MAX : bus_now() + timeout_usec;

        while (!p->reply) {
                uint64_t now = bus_now();
                int r;

                if (!p->slot || p->bus != c->bus)
                        return -ENOTCONN;
                if (now >= deadline)
                        return 0;
                r = bus_turn(c, deadline == UINT64_MAX ? UINT64_MAX : deadline - now);
                if (r < 0)
                        return r;
        }
        c->answered = c->answered || is_jobds(p->reply);
        return 1;
}

int pending_result(Pending *p, sd_bus_error *error) {
        if (!sd_bus_message_is_method_error(p->reply, NULL))
                return 0;
        (void) sd_bus_error_copy(error, sd_bus_message_get_error(p->reply));
        return -sd_bus_message_get_errno(p->reply);
}
