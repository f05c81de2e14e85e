/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "ctl/agent.h"
#include "ctl/away.h"
#include "ctl/bus.h"
#include "ctl/interrupt.h"
#include "ctl/report.h"
#include "wire/names.h"

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

/* A call that makes jobd crash is not sent for ever. */
#define SEND_MAX 10U

/* How long polkit has to notice that its agent is gone. */
#define GIVE_UP_USEC USEC_PER_SEC

int bus_connect(Ctl *c) {
        g_autoptr(sd_bus) bus = NULL;
        int r;

        if (c->bus)
                return STATUS_OK;
        r = c->host ? sd_bus_open_system_remote(&bus, c->host) : sd_bus_open_system(&bus);
        if (r < 0 && c->host)
                return fail(STATUS_FAILURE, "cannot connect to %s: %s", c->host, g_strerror(-r));
        if (r < 0)
                return fail(STATUS_FAILURE, "cannot connect to the system bus: %s", g_strerror(-r));
        c->bus = g_steal_pointer(&bus);
        return STATUS_OK;
}

int bus_new_manager_call(Ctl *c, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(c->bus, ret, JOBD_BUS_NAME, JOBD_MANAGER_PATH,
                                              JOBD_MANAGER_INTERFACE, member);
}

int bus_new_job_call(Ctl *c, JobId id, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(c->bus, ret, JOBD_BUS_NAME, job_id_path(id).text,
                                              JOBD_JOB_INTERFACE, member);
}

void pending_done(Pending *p) {
        p->call = sd_bus_message_unref(p->call);
        p->slot = sd_bus_slot_unref(p->slot);
        p->reply = sd_bus_message_unref(p->reply);
}

static bool is_disconnect(int r) {
        return r == -ENOTCONN || r == -ECONNRESET;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Pending *p = userdata;

        (void) error;
        p->reply = sd_bus_message_ref(reply);
        return 0;
}

/* Without a connection it waits for one, as if the answer had been lost. */
static int send_it(Ctl *c, sd_bus_message *m, Pending *p) {
        int r = sd_bus_call_async(c->bus, &p->slot, m, on_reply, p, UINT64_MAX);

        p->n_sent++;
        p->bus = c->bus;
        return is_disconnect(r) ? 0 : r;
}

int pending_send_aside(Ctl *c, sd_bus_message *m, Pending *p) {
        pending_done(p);
        *p = (Pending){ .call = sd_bus_message_ref(m) };
        return send_it(c, m, p);
}

int pending_send(Ctl *c, sd_bus_message *m, Pending *p) {
        int r = pending_send_aside(c, m, p);

        p->may_ask = !c->no_ask_password;
        return r;
}

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / NSEC_PER_USEC;
}

/* Sleeps until the bus has something, a caught signal comes, or the time is over. */
static int bus_sleep(Ctl *c, uint64_t deadline) {
        struct pollfd pollfd = { .fd = sd_bus_get_fd(c->bus) };
        uint64_t until, now = now_usec();
        struct timespec ts;
        int events, r;

        events = sd_bus_get_events(c->bus);
        if (events < 0)
                return events;
        pollfd.events = (short) events;
        r = sd_bus_get_timeout(c->bus, &until);
        if (r < 0)
                return r;
        until = MIN(until, deadline);
        if (until != UINT64_MAX) {
                uint64_t left = until > now ? until - now : 0;

                ts.tv_sec = (time_t) (left / USEC_PER_SEC);
                ts.tv_nsec = (long) (left % USEC_PER_SEC * NSEC_PER_USEC);
        }
        if (interrupt_peek())
                return -EINTR;
        if (ppoll(&pollfd, 1, until == UINT64_MAX ? NULL : &ts, interrupt_mask()) < 0)
                return errno == EINTR && !interrupt_peek() ? 0 : -errno;
        return 0;
}

int bus_turn(Ctl *c, uint64_t timeout_usec) {
        uint64_t deadline = timeout_usec == UINT64_MAX ? UINT64_MAX : now_usec() + timeout_usec;
        bool slept = false;

        for (;;) {
                int r = sd_bus_process(c->bus, NULL);

                c->welcome = c->welcome || sd_bus_is_ready(c->bus) > 0;
                if (r != 0)
                        return r;
                if (slept && now_usec() >= deadline)
                        return 0;
                r = bus_sleep(c, deadline);
                if (r < 0)
                        return r;
                slept = true;
        }
}

/* Not of the bus in its place, nor made up for a connection that has ended. */
static bool is_jobds(sd_bus_message *reply) {
        const char *sender = sd_bus_message_get_sender(reply);

        return sender && sender[0] == ':';
}

static int wait_reply(Ctl *c, Pending *p, uint64_t timeout_usec) {
        uint64_t deadline = timeout_usec == UINT64_MAX ? UINT64_MAX : now_usec() + timeout_usec;

        while (!p->reply) {
                uint64_t now = now_usec();
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

/* The same call; `ask`: with the flag that lets polkit ask, and somebody there for it to ask. */
static int send_again(Ctl *c, Pending *p, bool ask) {
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
        return send_it(c, again, p);
}

/*
 * A signal while the person is asked. Without its agent polkit says no at once; but he may have said yes
 * just now, and then what was started is not left behind unsaid. Does not return otherwise.
 */
static int give_up(Ctl *c, Pending *p) {
        int signo = interrupt_take(), r;

        agent_close(c);
        r = wait_reply(c, p, GIVE_UP_USEC);
        if (r > 0 && !sd_bus_message_is_method_error(p->reply, NULL)) {
                interrupt_again(signo);
                return r;
        }
        c->bus = sd_bus_flush_close_unref(c->bus);
        interrupt_die(signo);
}

static int ask(Ctl *c, Pending *p) {
        bool caught = interrupt_is_caught();
        int r;

        if (!caught)
                interrupt_catch();
        r = send_again(c, p, true);
        if (r >= 0)
                r = wait_reply(c, p, UINT64_MAX);
        /* Ctrl-C is the agent's as well: then polkit's no may be here before we have seen the signal */
        if (r == -EINTR || (r > 0 && interrupt_look() && sd_bus_message_is_method_error(p->reply, NULL)))
                r = give_up(c, p);
        if (!caught)
                interrupt_release();
        return r;
}

/* The answer, or none, says that jobd went away before it had one, and it makes sense to ask again. */
static bool must_repeat(const Ctl *c, const Pending *p, int r) {
        bool away = r > 0 ? error_is_away(c, 0, sd_bus_message_get_error(p->reply)) : is_disconnect(r);

        return away && c->welcome && p->call && !p->once && p->n_sent < SEND_MAX;
}

int pending_wait(Ctl *c, Pending *p, uint64_t timeout_usec) {
        for (;;) {
                int r = wait_reply(c, p, timeout_usec), k;

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

int pending_result(Pending *p, sd_bus_error *error) {
        if (!sd_bus_message_is_method_error(p->reply, NULL))
                return 0;
        (void) sd_bus_error_copy(error, sd_bus_message_get_error(p->reply));
        return -sd_bus_message_get_errno(p->reply);
}

static int call(Ctl *c, sd_bus_message *m, bool once, bool whole, sd_bus_error *error,
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

int bus_call(Ctl *c, sd_bus_message *m, sd_bus_error *error, sd_bus_message **ret_reply) {
        return call(c, m, false, false, error, ret_reply);
}

int bus_call_once(Ctl *c, sd_bus_message *m, sd_bus_error *error, sd_bus_message **ret_reply) {
        return call(c, m, true, false, error, ret_reply);
}

int bus_call_whole(Ctl *c, sd_bus_message *m, sd_bus_error *error, sd_bus_message **ret_reply) {
        return call(c, m, true, true, error, ret_reply);
}

int bus_call_job(Ctl *c, JobId id, const char *member, sd_bus_error *error, sd_bus_message **ret_reply) {
        g_autoptr(sd_bus_message) m = NULL;
        int r;

        r = bus_new_job_call(c, id, member, &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 0);
        return r < 0 ? r : bus_call(c, m, error, ret_reply);
}

int bus_own_uid(Ctl *c, uint32_t *ret) {
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        const char *name;
        int r;

        if (!c->host) {
                *ret = getuid();
                return STATUS_OK;
        }
        r = sd_bus_get_unique_name(c->bus, &name);
        if (r >= 0)
                r = sd_bus_call_method(c->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "GetConnectionUnixUser", &error, &reply, "s",
                                       name);
        if (r >= 0)
                r = sd_bus_message_read(reply, "u", ret);
        return r < 0 ? fail_call(c, r, &error, "ask who I am there") : STATUS_OK;
}
