/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "client/bus.h"
#include "client/interrupt.h"
#include "client/report.h"
#include "wire/names.h"

#define USEC_PER_SEC  UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

int bus_connect(Client *c) {
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

int bus_new_manager_call(Client *c, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(c->bus, ret, JOBD_BUS_NAME, JOBD_MANAGER_PATH,
                                              JOBD_MANAGER_INTERFACE, member);
}

int bus_new_job_call(Client *c, JobId id, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(c->bus, ret, JOBD_BUS_NAME, job_id_path(id).text,
                                              JOBD_JOB_INTERFACE, member);
}

uint64_t bus_now(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * USEC_PER_SEC + (uint64_t) ts.tv_nsec / NSEC_PER_USEC;
}

/* Sleeps until the bus has something, a caught signal comes, or the time is over. */
static int bus_sleep(Client *c, uint64_t deadline) {
        struct pollfd pollfd = { .fd = sd_bus_get_fd(c->bus) };
        uint64_t until, now = bus_now();
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

int bus_turn(Client *c, uint64_t timeout_usec) {
        uint64_t deadline = timeout_usec == UINT64_MAX ? UINT64_MAX : bus_now() + timeout_usec;
        bool slept = false;

        for (;;) {
                int r = sd_bus_process(c->bus, NULL);

                c->welcome = c->welcome || sd_bus_is_ready(c->bus) > 0;
                if (r != 0)
                        return r;
                if (slept && bus_now() >= deadline)
                        return 0;
                r = bus_sleep(c, deadline);
                if (r < 0)
                        return r;
                slept = true;
        }
}

int bus_own_uid(Client *c, uint32_t *ret) {
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
