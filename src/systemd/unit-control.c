/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "systemd/unit-internal.h"

/* What is asked of systemd for a unit. */

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
                (void) unit_call(unit, "UnrefUnit", "s", unit->name);
        if (sd_bus_error_has_name(error, SYSTEMD_NAME ".TransactionIsDestructive")) {
                unit->handler->refused(unit->userdata);
                driver->room(driver->userdata);
        } else
                unit_end(unit, explain_refusal(error));
        return 0;
}

static int send_start(Unit *unit) {
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
        r = send_start(unit);
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
        unit->frozen_told = -1;

        /* PID 1 dropped the earlier jobd's reference. In this order: what GetAll finds is held. */
        r = unit_call(unit, "RefUnit", "s", unit->name);
        if (r < 0) {
                unit_release(unit);
                return r;
        }
        unit_refresh(unit);
        *ret = unit;
        return 0;
}

int unit_kill(Unit *unit, int signo) {
        return unit_call(unit, "KillUnit", "ssi", unit->name, "all", (int32_t) signo);
}

void unit_release(Unit *unit) {
        if (unit->started && unit->down) {
                if (strcmp(unit->active_state, "failed") == 0)
                        (void) unit_call(unit, "ResetFailedUnit", "s", unit->name);
                (void) unit_call(unit, "UnrefUnit", "s", unit->name);
        }
        unit_leave(unit);
}

void unit_leave(Unit *unit) {
        if (unit->starting)
                unit->driver->n_starting--;
        g_hash_table_remove(unit->driver->by_path, unit->path);
        sd_bus_slot_unref(unit->slot_start);
        sd_bus_slot_unref(unit->slot_freezer);
        unit_forget_question(unit);
        sd_bus_message_unref(unit->start_call);
        g_free(unit->name);
        g_free(unit->path);
        g_free(unit);
}

/* The start was not answered, and did not happen. The unit may be gone afterwards. */
static void start_again(Unit *unit) {
        int r;

        if (unit->stop_wanted) {
                unit_end(unit, "it was stopped");
                return;
        }
        r = send_start(unit);
        if (r < 0)
                unit_end(unit, g_strerror(-r));
}

void unit_take_answer(Unit *unit, sd_bus_message *reply) {
        bool claimed = unit->started;

        unit->loaded = unit->ours = false;
        if (!sd_bus_message_is_method_error(reply, NULL) && unit_read_properties(unit, reply) < 0)
                log_warning("%s: systemd's answer cannot be read", unit->name);
        if (unit->start_call && !(unit->loaded && unit->ours)) {
                start_again(unit);
                return;
        }
        if (!unit->loaded || (!claimed && !unit->ours)) {
                if (!unit->ended)
                        unit->end = (UnitEnd){};
                unit_end(unit, NULL);
                return;
        }
        unit->start_call = sd_bus_message_unref(unit->start_call);
        unit->started = true;
        if (unit->stop_wanted) /* the first time may not have been heard */
                (void) unit_stop(unit);
        if (unit->freezer_moves) /* systemd 252 does not tell that it has come about */
                unit_refresh_later(unit);
        unit_evaluate(unit);
}
