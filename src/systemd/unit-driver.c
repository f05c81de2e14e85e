/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "systemd/unit-internal.h"

bool unit_driver_has_room(const UnitDriver *driver) {
        return driver->n_setup == 0 && driver->n_starting < UNIT_STARTING_MAX;
}

bool unit_driver_is_going_down(const UnitDriver *driver) {
        return driver->going_down;
}

/* The target that all of a shutdown waits for is wanted, or no more. */
static void on_shutdown_changed(UnitDriver *driver, sd_bus_message *m) {
        const char *interface;

        if (sd_bus_message_read(m, "s", &interface) < 0 || unit_read_has_job(m, &driver->going_down) < 0)
                log_warning("systemd's word about a shutdown cannot be read");
}

static int on_properties_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        UnitDriver *driver = userdata;
        Unit *unit = g_hash_table_lookup(driver->by_path, sd_bus_message_get_path(m));
        const char *interface;

        if (strcmp(sd_bus_message_get_path(m), SYSTEMD_SHUTDOWN) == 0)
                on_shutdown_changed(driver, m);
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

/* What PID 1 sent, or was sent, while it was busy with itself may have been lost. */
static void refresh_all(UnitDriver *driver) {
        g_autoptr(GList) units = g_hash_table_get_values(driver->by_path);

        for (GList *l = units; l; l = l->next) {
                Unit *unit = l->data;

                if (unit->started && !unit->over)
                        unit_refresh(unit);
        }
}

static int on_reloading(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        int active;

        if (sd_bus_message_read(m, "b", &active) >= 0 && !active)
                refresh_all(userdata);
        return 0;
}

/* After daemon-reexec PID 1 is a new client of the bus. */
static void on_owner_changed(const char *owner, void *userdata) {
        if (owner)
                refresh_all(userdata);
}

static void on_failed(const sd_bus_error *error, void *userdata) {
        const UnitDriver *driver = userdata;

        /* without its signals no job would ever be seen to end: systemd starts jobd anew */
        log_error("Cannot watch systemd's units: %s", error->message);
        (void) sd_event_exit(sd_bus_get_event(driver->bus), -EIO);
}

static void one_set_up(UnitDriver *driver) {
        driver->n_setup--;
        if (driver->n_setup == 0)
                driver->room(driver->userdata);
}

static void on_watching(void *userdata) {
        one_set_up(userdata);
}

static int on_subscribed(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        if (error)
                on_failed(error, userdata);
        else
                one_set_up(userdata);
        return 0;
}

static int watch_properties(UnitDriver *driver, const char *interface) {
        g_autofree char *rule = g_strdup_printf("interface='" PROPERTIES "',member='PropertiesChanged',"
                                                "path_namespace='" SYSTEMD_UNITS "',arg0='%s'",
                                                interface);

        return peer_watch(driver->systemd, rule, on_properties_changed, driver);
}

/* Before anything is asked of systemd: see peer.h. */
static int set_up(UnitDriver *driver) {
        static const PeerHandler handler = {
                .ready = on_watching,
                .changed = on_owner_changed,
                .failed = on_failed,
        };
        int r;

        driver->n_setup = 2;
        r = peer_new(driver->bus, SYSTEMD_NAME, &handler, driver, &driver->systemd);
        if (r >= 0)
                r = watch_properties(driver, SYSTEMD_UNIT);
        if (r >= 0)
                r = watch_properties(driver, SYSTEMD_SERVICE);
        if (r >= 0)
                r = peer_watch(driver->systemd,
                               "interface='" SYSTEMD_MANAGER "',member='Reloading',path='" SYSTEMD_PATH "'",
                               on_reloading, driver);
        if (r < 0)
                return r;
        return sd_bus_call_method_async(driver->bus, &driver->subscribe, SYSTEMD_NAME, SYSTEMD_PATH,
                                        SYSTEMD_MANAGER, "Subscribe", on_subscribed, driver, NULL);
}

int unit_driver_new(sd_bus *bus, void (*room)(void *userdata), void *userdata, UnitDriver **ret) {
        g_autoptr(UnitDriver) driver = g_new0(UnitDriver, 1);
        int r;

        driver->bus = sd_bus_ref(bus);
        driver->by_path = g_hash_table_new(g_str_hash, g_str_equal);
        driver->answered = unit_take_answer;
        driver->room = room;
        driver->userdata = userdata;
        g_queue_init(&driver->to_ask);
        r = set_up(driver);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&driver);
        return 0;
}

void unit_driver_free(UnitDriver *driver) {
        g_clear_pointer(&driver->systemd, peer_free);
        sd_bus_slot_unref(driver->subscribe);
        sd_event_source_disable_unref(driver->ask_again);
        g_hash_table_unref(driver->by_path);
        sd_bus_unref(driver->bus);
        g_free(driver);
}
