/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "systemd/unit-internal.h"

/* What the properties of a unit come to. */

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
        if (strcmp(unit->active_state, "active") == 0)
                unit_evaluate_freezer(unit);
}
