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

static int on_start_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Unit *unit = userdata;

        unit->slot_start = sd_bus_slot_unref(unit->slot_start);
        if (sd_bus_message_is_method_error(reply, NULL)) {
                const sd_bus_error *error = sd_bus_message_get_error(reply);

                end_unit(unit, error->message ? error->message : error->name);
        } else
                unit->started = true;
        return 0;
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
        r = sd_bus_call_async(driver->bus, &unit->slot_start, call, on_start_reply, unit, CALL_TIMEOUT_USEC);
        if (r < 0) {
                unit_release(unit);
                return r;
        }
        *ret = unit;
        return 0;
}

static int on_properties(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Unit *unit = userdata;
        bool adopting = !unit->started;

        unit->slot_get = sd_bus_slot_unref(unit->slot_get);
        unit->loaded = false;
        if (!sd_bus_message_is_method_error(reply, NULL) && unit_read_properties(unit, reply) < 0)
                log_warning("%s: systemd's answer cannot be read", unit->name);
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
        unit->slot_get = sd_bus_slot_unref(unit->slot_get);
        return sd_bus_call_method_async(unit->driver->bus, &unit->slot_get, SYSTEMD_NAME, unit->path,
                                        PROPERTIES, "GetAll", on_properties, unit, "s", "");
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
        g_hash_table_remove(unit->driver->by_path, unit->path);
        sd_bus_slot_unref(unit->slot_start);
        sd_bus_slot_unref(unit->slot_get);
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

/* PID 1 has reloaded: what it sent meanwhile may have been lost. */
static int on_reloading(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        UnitDriver *driver = userdata;
        g_autoptr(GList) units = NULL;
        int active;

        if (sd_bus_message_read(m, "b", &active) < 0 || active)
                return 0;
        units = g_hash_table_get_values(driver->by_path);
        for (GList *l = units; l; l = l->next) {
                Unit *unit = l->data;

                if (unit->started && unit_refresh(unit) < 0)
                        log_warning("%s: cannot ask systemd for its state", unit->name);
        }
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
        sd_bus_slot_unref(driver->subscribe);
        g_hash_table_unref(driver->by_path);
        sd_bus_unref(driver->bus);
        g_free(driver);
}
