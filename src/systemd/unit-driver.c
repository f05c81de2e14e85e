/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "model/job.h"
#include "systemd/unit-internal.h"

bool unit_driver_has_room(const UnitDriver *driver) {
        return driver->n_setup == 0 && driver->n_starting < UNIT_STARTING_MAX;
}

static void no_longer_starting(Unit *unit) {
        UnitDriver *driver = unit->driver;

        if (!unit->starting)
                return;
        unit->starting = false;
        driver->n_starting--;
        driver->room(driver->userdata);
}

/* The handler may release the unit. */
static void end_unit(Unit *unit, const char *start_error) {
        if (unit->over)
                return;
        unit->over = true;
        no_longer_starting(unit);
        unit->handler->ended(&unit->end, start_error, unit->userdata);
}

void unit_evaluate(Unit *unit) {
        bool down = strcmp(unit->active_state, "inactive") == 0 || strcmp(unit->active_state, "failed") == 0;

        if (!unit->started || unit->over)
                return;
        if (down && !unit->has_job) {
                unit->end.known = true;
                end_unit(unit, NULL);
                return;
        }
        if (!unit->announced && unit->main_pid > 0 && strcmp(unit->active_state, "active") == 0) {
                unit->announced = true;
                no_longer_starting(unit);
                unit->handler->running(unit->main_pid, unit->userdata);
        }
}

/* PID 1 was away, as in daemon-reexec: nobody knows what became of the call. */
static bool is_unanswered(sd_bus_message *reply) {
        static const char *const names[] = {
                SD_BUS_ERROR_NO_REPLY,          SD_BUS_ERROR_TIMEOUT,      SD_BUS_ERROR_SERVICE_UNKNOWN,
                SD_BUS_ERROR_NAME_HAS_NO_OWNER, SD_BUS_ERROR_DISCONNECTED,
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (sd_bus_message_is_method_error(reply, names[i]))
                        return true;
        return false;
}

static int on_start_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Unit *unit = userdata;

        unit->slot_start = sd_bus_slot_unref(unit->slot_start);
        if (is_unanswered(reply)) {
                unit->unanswered = true;
                return 0;
        }
        unit->start_call = sd_bus_message_unref(unit->start_call);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                const sd_bus_error *error = sd_bus_message_get_error(reply);

                end_unit(unit, error->message ? error->message : error->name);
        } else
                unit->started = true;
        return 0;
}

static int send_start(Unit *unit) {
        return sd_bus_call_async(unit->driver->bus, &unit->slot_start, unit->start_call, on_start_reply,
                                 unit, CALL_TIMEOUT_USEC);
}

static Unit *unit_new(UnitDriver *driver, uint32_t id, const char *uuid, const UnitHandler *handler,
                      void *userdata) {
        char name[JOB_UNIT_NAME_MAX];
        Unit *unit = g_new0(Unit, 1);

        unit->driver = driver;
        unit->name = g_strdup(job_unit_name(id, name));
        g_strlcpy(unit->uuid, uuid, sizeof(unit->uuid));
        unit->handler = handler;
        unit->userdata = userdata;
        (void) sd_bus_path_encode(SYSTEMD_UNITS, unit->name, &unit->path);
        g_hash_table_insert(driver->by_path, unit->path, unit);
        return unit;
}

int unit_start(UnitDriver *driver, const UnitSettings *settings, const UnitHandler *handler, void *userdata,
               Unit **ret) {
        g_autoptr(sd_bus_message) call = NULL;
        char name[JOB_UNIT_NAME_MAX];
        Unit *unit;
        int r;

        r = unit_compose_start(driver->bus, job_unit_name(settings->id, name), settings, &call);
        if (r < 0)
                return r;
        unit = unit_new(driver, settings->id, settings->uuid, handler, userdata);
        unit->starting = true;
        driver->n_starting++;
        unit->start_call = g_steal_pointer(&call);
        r = send_start(unit);
        if (r < 0) {
                unit_release(unit);
                return r;
        }
        *ret = unit;
        return 0;
}

/* Nothing is asked any more about this unit. */
static void end_asking(Unit *unit) {
        UnitDriver *driver = unit->driver;

        if (unit->slot_get) {
                unit->slot_get = sd_bus_slot_unref(unit->slot_get);
                driver->n_asking--;
        }
        if (unit->asks.data) {
                g_queue_unlink(&driver->asking, &unit->asks);
                unit->asks.data = NULL;
        }
}

static void ask_next(UnitDriver *driver) {
        while (driver->n_asking < UNIT_ASKING_MAX && !g_queue_is_empty(&driver->asking)) {
                Unit *unit = g_queue_peek_head(&driver->asking);

                end_asking(unit);
                if (unit_refresh(unit) < 0)
                        log_warning("%s: systemd cannot be asked", unit->name);
        }
}

/* What GetAll says of a unit whose start was not answered. True if it was started. */
static bool was_started(Unit *unit) {
        int r;

        if (unit->loaded && unit->ours) {
                unit->start_call = sd_bus_message_unref(unit->start_call);
                return true;
        }
        r = send_start(unit);
        if (r < 0)
                end_unit(unit, g_strerror(-r));
        return false;
}

static int on_properties(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Unit *unit = userdata;
        bool adopting = !unit->started;

        end_asking(unit);
        ask_next(unit->driver);
        unit->unanswered = is_unanswered(reply);
        if (unit->unanswered)
                return 0;
        unit->loaded = unit->ours = false;
        if (!sd_bus_message_is_method_error(reply, NULL) && unit_read_properties(unit, reply) < 0)
                log_warning("%s: systemd's answer cannot be read", unit->name);
        if (unit->start_call && !was_started(unit))
                return 0;
        if (!unit->loaded || (adopting && !unit->ours)) {
                unit->end = (UnitEnd){};
                end_unit(unit, NULL);
                return 0;
        }
        unit->started = true;
        unit_evaluate(unit);
        return 0;
}

int unit_refresh(Unit *unit) {
        UnitDriver *driver = unit->driver;
        int r;

        end_asking(unit);
        if (driver->n_asking >= UNIT_ASKING_MAX) {
                unit->asks.data = unit;
                g_queue_push_tail_link(&driver->asking, &unit->asks);
                return 0;
        }
        r = sd_bus_call_method_async(driver->bus, &unit->slot_get, SYSTEMD_NAME, unit->path, PROPERTIES,
                                     "GetAll", on_properties, unit, "s", "");
        if (r >= 0)
                driver->n_asking++;
        return r;
}

/* A call whose answer changes nothing here: a unit that is gone needs no letting go. */
static int call_manager(Unit *unit, const char *member, const char *types, ...) {
        g_autoptr(sd_bus_message) m = NULL;
        va_list ap;
        int r;

        r = sd_bus_message_new_method_call(unit->driver->bus, &m, SYSTEMD_NAME, SYSTEMD_PATH,
                                           SYSTEMD_MANAGER, member);
        if (r < 0)
                return r;
        va_start(ap, types);
        r = sd_bus_message_appendv(m, types, ap);
        va_end(ap);
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(m, false);
        return r < 0 ? r : sd_bus_send(unit->driver->bus, m, NULL);
}

int unit_adopt(UnitDriver *driver, uint32_t id, const char *uuid, const UnitHandler *handler, void *userdata,
               Unit **ret) {
        Unit *unit = unit_new(driver, id, uuid, handler, userdata);
        int r;

        /* PID 1 dropped the earlier jobd's reference. In this order: what GetAll finds is held. */
        r = call_manager(unit, "RefUnit", "s", unit->name);
        if (r >= 0)
                r = unit_refresh(unit);
        if (r < 0) {
                unit_release(unit);
                return r;
        }
        *ret = unit;
        return 0;
}

int unit_stop(Unit *unit) {
        unit->stop_asked = true;
        return call_manager(unit, "StopUnit", "ss", unit->name, "replace");
}

int unit_kill_all(Unit *unit, int signo) {
        return call_manager(unit, "KillUnit", "ssi", unit->name, "all", signo);
}

void unit_release(Unit *unit) {
        if (unit->started && unit->end.known) {
                if (strcmp(unit->active_state, "failed") == 0)
                        (void) call_manager(unit, "ResetFailedUnit", "s", unit->name);
                (void) call_manager(unit, "UnrefUnit", "s", unit->name);
        }
        if (unit->starting)
                unit->driver->n_starting--;
        end_asking(unit);
        ask_next(unit->driver);
        g_hash_table_remove(unit->driver->by_path, unit->path);
        sd_bus_slot_unref(unit->slot_start);
        sd_bus_message_unref(unit->start_call);
        g_free(unit->name);
        g_free(unit->path);
        g_free(unit);
}

static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        UnitDriver *driver = userdata;
        Unit *unit = g_hash_table_lookup(driver->by_path, sd_bus_message_get_path(m));
        const char *interface;

        if (!unit)
                return 0; /* somebody else's */
        if (sd_bus_message_read(m, "s", &interface) < 0 || unit_read_properties(unit, m) < 0) {
                log_warning("%s: a change cannot be read", unit->name);
                return 0;
        }
        if (strcmp(interface, SYSTEMD_UNIT) == 0)
                unit_evaluate(unit);
        return 0;
}

/* Signals and calls may have been lost while PID 1 was busy with itself. */
static void ask_again(UnitDriver *driver) {
        g_autoptr(GList) units = g_hash_table_get_values(driver->by_path);

        for (GList *l = units; l; l = l->next) {
                Unit *unit = l->data;

                if (unit->over || (!unit->started && !unit->unanswered))
                        continue;
                if (unit_refresh(unit) < 0 || (unit->stop_asked && unit_stop(unit) < 0))
                        log_warning("%s: systemd cannot be asked", unit->name);
        }
}

static int on_reloading(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        int active;

        if (sd_bus_message_read(m, "b", &active) >= 0 && !active)
                ask_again(userdata);
        return 0;
}

/* After daemon-reexec PID 1 is a new client of the bus. */
static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const char *name, *before, *now;

        if (sd_bus_message_read(m, "sss", &name, &before, &now) >= 0 && now[0])
                ask_again(userdata);
        return 0;
}

static int on_setup(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        UnitDriver *driver = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        if (error) {
                /* without its signals no job would ever be seen to end: systemd starts jobd anew */
                log_error("Cannot watch systemd's units: %s", error->message);
                return sd_event_exit(sd_bus_get_event(driver->bus), -EIO);
        }
        driver->n_setup--;
        if (driver->n_setup == 0)
                driver->room(driver->userdata);
        return 0;
}

static int add_match(UnitDriver *driver, sd_bus_slot **slot, const char *interface) {
        g_autofree char *rule = g_strdup_printf(
                        "type='signal',sender='" SYSTEMD_NAME "',interface='" PROPERTIES
                        "',member='PropertiesChanged',path_namespace='" SYSTEMD_UNITS "',arg0='%s'",
                        interface);

        driver->n_setup++;
        return sd_bus_add_match_async(driver->bus, slot, rule, on_properties_changed, on_setup, driver);
}

static int set_up(UnitDriver *driver) {
        int r;

        r = add_match(driver, &driver->match_unit, SYSTEMD_UNIT);
        if (r >= 0)
                r = add_match(driver, &driver->match_service, SYSTEMD_SERVICE);
        if (r < 0)
                return r;
        driver->n_setup++;
        r = sd_bus_add_match_async(driver->bus, &driver->match_reloading,
                                   "type='signal',sender='" SYSTEMD_NAME "',interface='" SYSTEMD_MANAGER
                                   "',member='Reloading',path='" SYSTEMD_PATH "'",
                                   on_reloading, on_setup, driver);
        if (r < 0)
                return r;
        driver->n_setup++;
        r = sd_bus_add_match_async(driver->bus, &driver->match_owner,
                                   "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
                                   "arg0='" SYSTEMD_NAME "'",
                                   on_owner_changed, on_setup, driver);
        if (r < 0)
                return r;
        driver->n_setup++;
        return sd_bus_call_method_async(driver->bus, &driver->subscribe, SYSTEMD_NAME, SYSTEMD_PATH,
                                        SYSTEMD_MANAGER, "Subscribe", on_setup, driver, NULL);
}

int unit_driver_new(sd_bus *bus, void (*room)(void *userdata), void *userdata, UnitDriver **ret) {
        g_autoptr(UnitDriver) driver = g_new0(UnitDriver, 1);
        int r;

        driver->bus = sd_bus_ref(bus);
        driver->by_path = g_hash_table_new(g_str_hash, g_str_equal);
        driver->room = room;
        driver->userdata = userdata;
        r = set_up(driver);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&driver);
        return 0;
}

void unit_driver_free(UnitDriver *driver) {
        sd_bus_slot_unref(driver->match_unit);
        sd_bus_slot_unref(driver->match_service);
        sd_bus_slot_unref(driver->match_reloading);
        sd_bus_slot_unref(driver->match_owner);
        sd_bus_slot_unref(driver->subscribe);
        g_hash_table_unref(driver->by_path);
        sd_bus_unref(driver->bus);
        g_free(driver);
}
