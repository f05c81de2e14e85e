/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "model/job.h"
#include "systemd/unit-internal.h"

bool unit_driver_has_room(const UnitDriver *driver) {
        return driver->n_setup == 0 && driver->n_starting < UNIT_STARTING_MAX;
}

bool unit_driver_is_going_down(const UnitDriver *driver) {
        return driver->going_down;
}

static void no_longer_starting(Unit *unit) {
        UnitDriver *driver = unit->driver;

        if (!unit->starting)
                return;
        unit->starting = false;
        driver->n_starting--;
        driver->room(driver->userdata);
}

void unit_end(Unit *unit, const char *start_error) {
        if (unit->over)
                return;
        unit->over = true;
        no_longer_starting(unit);
        unit->handler->ended(&unit->end, start_error, unit->userdata);
}

/* systemd has a word for what it stops a unit for by itself; "success" until then. */
static bool has_own_end(const Unit *unit) {
        static const char *const results[] = { "success", "exit-code", "signal", "core-dump" };

        for (size_t i = 0; i < G_N_ELEMENTS(results); i++)
                if (strcmp(unit->now.result, results[i]) == 0)
                        return true;
        return false;
}

/* How the first run ended; if there is another one, and systemd has told of nothing in between, that is not
 * known. */
static void note_end(Unit *unit) {
        if (unit->ended)
                return;
        unit->ended = true;
        if (unit->later_pid > 0) {
                unit->end = (UnitEnd){ .stopped = true };
                return;
        }
        unit->end = unit->now;
        unit->end.known = true;
        unit->end.stopped = has_own_end(unit) && unit->left_active > 0 &&
                            unit->main_exited > unit->left_active;
}

/* It may have been active between two looks; its end may take minutes. The unit may be gone afterwards. */
static void evaluate_deactivating(Unit *unit) {
        no_longer_starting(unit);
        if (unit->stop_wanted || unit->stop_told || unit->ended || unit->now.main_code != 0 ||
            strcmp(unit->now.result, "success") != 0)
                return;
        unit->stop_told = true;
        unit->handler->stopping(unit->userdata);
}

void unit_evaluate(Unit *unit) {
        bool inactive = strcmp(unit->active_state, "inactive") == 0 ||
                        strcmp(unit->active_state, "failed") == 0;

        if (!unit->started || unit->over)
                return;
        if (unit->later_pid > 0 || (inactive && (!unit->has_job || unit->now.main_code != 0)))
                note_end(unit);
        if (inactive && !unit->has_job) {
                unit->down = true;
                unit_end(unit, NULL);
                return;
        }
        if (strcmp(unit->active_state, "deactivating") == 0)
                evaluate_deactivating(unit);
        if (!unit->announced && unit->main_pid > 0 && strcmp(unit->active_state, "active") == 0) {
                unit->announced = true;
                no_longer_starting(unit);
                unit->handler->running(unit->main_pid, unit->userdata);
        }
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

/* Less than the files of a unit, and the folders that they are in, may take. */
#define RUN_BYTES_MIN  UINT64_C(65536)
#define RUN_INODES_MIN 16U

static bool run_is_full(void) {
        struct statvfs st;

        /* of a file system in memory: it does not block */
        return statvfs("/run/systemd", &st) >= 0 && ((uint64_t) st.f_bavail * st.f_frsize < RUN_BYTES_MIN ||
                                                     (st.f_files > 0 && st.f_favail < RUN_INODES_MIN));
}

/* Why systemd refused, for people. It writes the unit's settings to /run, ignores that it could not, and
 * finds no unit. */
static const char *explain_refusal(const sd_bus_error *error) {
        if (sd_bus_error_has_name(error, SYSTEMD_NAME ".NoSuchUnit") && run_is_full())
                return "no space is left in /run, where systemd writes its unit";
        return error->message ? error->message : error->name;
}

static int on_start_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Unit *unit = userdata;
        UnitDriver *driver = unit->driver;

        unit->slot_start = sd_bus_slot_unref(unit->slot_start);
        if (error && unit_is_unanswered(error)) {
                unit_refresh(unit);
                return 0;
        }
        unit->start_call = sd_bus_message_unref(unit->start_call);
        if (!error) {
                unit->started = true;
                return 0;
        }
        if (!sd_bus_error_has_name(error, SYSTEMD_NAME ".UnitExists"))
                /* systemd may have made the unit before it refused to start it, and we hold it */
                (void) call_manager(unit, "UnrefUnit", "s", unit->name);
        if (sd_bus_error_has_name(error, SYSTEMD_NAME ".TransactionIsDestructive")) {
                unit->handler->refused(unit->userdata);
                driver->room(driver->userdata);
        } else
                unit_end(unit, explain_refusal(error));
        return 0;
}

int unit_send_start(Unit *unit) {
        return sd_bus_call_async(unit->driver->bus, &unit->slot_start, unit->start_call, on_start_reply,
                                 unit, CALL_TIMEOUT_USEC);
}

static Unit *unit_new(UnitDriver *driver, JobId id, const char *uuid, const UnitHandler *handler,
                      void *userdata) {
        Unit *unit = g_new0(Unit, 1);

        unit->driver = driver;
        unit->name = g_strdup(job_id_unit(id).text);
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
        Unit *unit;
        int r;

        r = unit_compose_start(driver->bus, job_id_unit(settings->id).text, settings, &call);
        if (r < 0)
                return r;
        unit = unit_new(driver, settings->id, settings->uuid, handler, userdata);
        unit->starting = true;
        driver->n_starting++;
        unit->start_call = g_steal_pointer(&call);
        r = unit_send_start(unit);
        if (r < 0) {
                unit_release(unit);
                return r;
        }
        *ret = unit;
        return 0;
}

int unit_adopt(UnitDriver *driver, JobId id, const char *uuid, pid_t main_pid, const UnitHandler *handler,
               void *userdata, Unit **ret) {
        Unit *unit = unit_new(driver, id, uuid, handler, userdata);
        int r;

        unit->main_pid = main_pid;

        /* PID 1 dropped the earlier jobd's reference. In this order: what GetAll finds is held. */
        r = call_manager(unit, "RefUnit", "s", unit->name);
        if (r < 0) {
                unit_release(unit);
                return r;
        }
        unit_refresh(unit);
        *ret = unit;
        return 0;
}

int unit_stop(Unit *unit) {
        unit->stop_wanted = true;
        /* otherwise it is not known whether there is such a unit, and whether it is ours: unit_refresh()
         * tells */
        if (!unit->started && !unit->slot_start)
                return 0;
        return call_manager(unit, "StopUnit", "ss", unit->name, "replace");
}

int unit_kill(Unit *unit, int signo) {
        return call_manager(unit, "KillUnit", "ssi", unit->name, "all", (int32_t) signo);
}

void unit_release(Unit *unit) {
        if (unit->started && unit->down) {
                if (strcmp(unit->active_state, "failed") == 0)
                        (void) call_manager(unit, "ResetFailedUnit", "s", unit->name);
                (void) call_manager(unit, "UnrefUnit", "s", unit->name);
        }
        unit_leave(unit);
}

void unit_leave(Unit *unit) {
        if (unit->starting)
                unit->driver->n_starting--;
        g_hash_table_remove(unit->driver->by_path, unit->path);
        sd_bus_slot_unref(unit->slot_start);
        unit_forget_question(unit);
        sd_bus_message_unref(unit->start_call);
        g_free(unit->name);
        g_free(unit->path);
        g_free(unit);
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
