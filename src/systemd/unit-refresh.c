/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/log.h"
#include "systemd/unit-internal.h"

/*
 * GetAll of units. A few at a time: dbus-daemon allows 128 pending replies a connection and refuses what is
 * beyond. An answer that is missing is no answer, and is asked for again: only systemd's own word that there
 * is no such unit ends one. What the answer means is for who made the driver to say.
 */

#define ASKING_MAX 32U
#define PAUSE_USEC (UINT64_C(1000) * 1000)

bool unit_is_unanswered(const sd_bus_error *error) {
        static const char *const names[] = {
                SD_BUS_ERROR_NO_REPLY,          SD_BUS_ERROR_TIMEOUT,         SD_BUS_ERROR_DISCONNECTED,
                SD_BUS_ERROR_NAME_HAS_NO_OWNER, SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_LIMITS_EXCEEDED,
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (sd_bus_error_has_name(error, names[i]))
                        return true;
        /* while PID 1 is executed anew nobody has its name, and the bus tries to activate it */
        return g_str_has_prefix(error->name, "org.freedesktop.DBus.Error.Spawn.");
}

static void enqueue(Unit *unit) {
        if (unit->to_ask.data)
                return;
        unit->to_ask.data = unit;
        g_queue_push_tail_link(&unit->driver->to_ask, &unit->to_ask);
}

static void dequeue(Unit *unit) {
        if (!unit->to_ask.data)
                return;
        g_queue_unlink(&unit->driver->to_ask, &unit->to_ask);
        unit->to_ask.data = NULL;
}

static bool is_pausing(const UnitDriver *driver) {
        return driver->ask_again && sd_event_source_get_enabled(driver->ask_again, NULL) > 0;
}

static void ask_next(UnitDriver *driver);

static int on_ask_again(sd_event_source *source, uint64_t usec, void *userdata) {
        ask_next(userdata);
        return 0;
}

void unit_refresh_later(Unit *unit) {
        UnitDriver *driver = unit->driver;
        int r = 0;

        enqueue(unit);
        if (!driver->ask_again)
                r = sd_event_add_time(sd_bus_get_event(driver->bus), &driver->ask_again, CLOCK_MONOTONIC, 0,
                                      0, on_ask_again, driver);
        if (r >= 0)
                r = sd_event_source_set_time_relative(driver->ask_again, PAUSE_USEC);
        if (r >= 0)
                r = sd_event_source_set_enabled(driver->ask_again, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error("%s: systemd cannot be asked for its state: %s", unit->name, g_strerror(-r));
}

static int on_properties(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Unit *unit = userdata;

        unit_forget_question(unit);
        if (error && unit_is_unanswered(error)) {
                if (!is_pausing(unit->driver))
                        log_warning("systemd does not tell the state of units, it is asked again: %s",
                                    error->message);
                unit_refresh_later(unit);
                return 0;
        }
        unit->driver->answered(unit, reply);
        return 0;
}

static void ask_next(UnitDriver *driver) {
        Unit *unit;
        int r;

        if (is_pausing(driver))
                return;
        while (driver->n_asking < ASKING_MAX && (unit = g_queue_peek_head(&driver->to_ask))) {
                dequeue(unit);
                r = sd_bus_call_method_async(driver->bus, &unit->slot_get, SYSTEMD_NAME, unit->path,
                                             PROPERTIES, "GetAll", on_properties, unit, "s", "");
                if (r < 0) {
                        unit_refresh_later(unit);
                        return;
                }
                driver->n_asking++;
        }
}

void unit_refresh(Unit *unit) {
        if (unit->slot_get) /* the answer is still to come, and is as new */
                return;
        enqueue(unit);
        ask_next(unit->driver);
}

void unit_forget_question(Unit *unit) {
        dequeue(unit);
        if (!unit->slot_get)
                return;
        unit->slot_get = sd_bus_slot_unref(unit->slot_get);
        unit->driver->n_asking--;
        ask_next(unit->driver);
}
