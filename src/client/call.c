/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "client/agent.h"
#include "client/away.h"
#include "client/bus.h"
#include "client/call-error.h"
#include "client/call.h"
#include "client/interrupt.h"

/* A call that makes jobd crash is not sent for ever. */
#define SEND_MAX 10U

/* How long polkit has to notice that its agent is gone. */
#define GIVE_UP_USEC UINT64_C(1000000)

/* The same call; `ask`: with the flag that lets polkit ask, and somebody there for it to ask. */
static int send_again(Client *c, Pending *p, bool ask) {
        g_autoptr(sd_bus_message) again = NULL;
        sd_bus_message *call = p->call;
        int r;

        p->slot = sd_bus_slot_unref(p->slot);
        p->reply = sd_bus_message_unref(p->reply);

        r = sd_bus_message_new_method_call(c->bus, &again, sd_bus_message_get_destination(call),
                                           sd_bus_message_get_path(call), sd_bus_message_get_interface(call),
                                           sd_bus_message_get_member(call));
        if (r >= 0)
                r = sd_bus_message_rewind(call, true);
        if (r >= 0)
                r = sd_bus_message_copy(again, call, true);
        if (r >= 0 && ask)
                r = sd_bus_message_set_allow_interactive_authorization(again, true);
        if (r < 0)
                return r;
        if (ask)
                agent_open(c);
        return pending_send_copy(c, again, p);
}

/*
 * A signal while the person is asked. Without its agent polkit says no at once; but he may have said yes
 * just now, and then what was started is not left behind unsaid. Does not return otherwise.
 */
static int give_up(Client *c, Pending *p) {
        int signo = interrupt_take(), r;

        agent_close(c);
        r = pending_wait_once(c, p, GIVE_UP_USEC);
        if (r > 0 && !sd_bus_message_is_method_error(p->reply, NULL)) {
                interrupt_again(signo);
                return r;
        }
        c->bus = sd_bus_flush_close_unref(c->bus);
        interrupt_die(signo);
}

static int ask(Client *c, Pending *p) {
        bool caught = interrupt_is_caught();
        int r;

        if (!caught)
                interrupt_catch();
        r = send_again(c, p, true);
        if (r >= 0)
                r = pending_wait_once(c, p, UINT64_MAX);
        /* Ctrl-C is the agent's as well: then polkit's no may be here before we have seen the signal */
        if (r == -EINTR || (r > 0 && interrupt_look() && sd_bus_message_is_method_error(p->reply, NULL)))
                r = give_up(c, p);
        if (!caught)
                interrupt_release();
        return r;
}

/* The answer, or none, says that jobd went away before it had one, and it makes sense to ask again. */
static bool must_repeat(const Client *c, const Pending *p, int r) {
        bool away = r > 0 ? error_is_away(c, 0, sd_bus_message_get_error(p->reply)) : is_disconnect(r);

        return away && c->welcome && p->call && !p->once && p->n_sent < SEND_MAX;
}

int pending_wait(Client *c, Pending *p, uint64_t timeout_usec) {
        for (;;) {
                int r = pending_wait_once(c, p, timeout_usec), k;

                if (r > 0 && p->may_ask &&
                    sd_bus_message_is_method_error(p->reply,
                                                   SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED))
                        r = ask(c, p);
                if (!must_repeat(c, p, r))
                        return r;
                k = away_wait(c);
                if (k == -EHOSTDOWN)
                        return r;
                if (k >= 0)
                        k = send_again(c, p, false);
                if (k < 0)
                        return k;
        }
}

static int call(Client *c, sd_bus_message *m, bool once, bool whole, sd_bus_error *error,
                sd_bus_message **ret_reply) {
        g_auto(Pending) p = { 0 };
        int r, signo = 0;

        r = pending_send(c, m, &p);
        if (r < 0)
                return r;
        p.once = once;
        r = pending_wait(c, &p, UINT64_MAX);
        if (r == -EINTR && whole) {
                signo = interrupt_take();
                r = pending_wait(c, &p, UINT64_MAX);
        }
        if (r < 0)
                return r;
        if (signo)
                interrupt_again(signo);
        r = pending_result(&p, error);
        if (r < 0)
                return r;
        if (ret_reply)
                *ret_reply = g_steal_pointer(&p.reply);
        return 0;
}

int bus_call(Client *c, sd_bus_message *m, sd_bus_error *error, sd_bus_message **ret_reply) {
        return call(c, m, false, false, error, ret_reply);
}

int bus_call_once(Client *c, sd_bus_message *m, sd_bus_error *error, sd_bus_message **ret_reply) {
        return call(c, m, true, false, error, ret_reply);
}

int bus_call_whole(Client *c, sd_bus_message *m, sd_bus_error *error, sd_bus_message **ret_reply) {
        return call(c, m, true, true, error, ret_reply);
}

int bus_call_job(Client *c, JobId id, const char *member, sd_bus_error *error, sd_bus_message **ret_reply) {
        g_autoptr(sd_bus_message) m = NULL;
        int r;

        r = bus_new_job_call(c, id, member, &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 0);
        return r < 0 ? r : bus_call(c, m, error, ret_reply);
}
