/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "systemd/unit-internal.h"

/*
 * Freezing and thawing, and stopping what may be frozen. systemd answers when it has come about. Before
 * systemd 256 it has no signal for it: there its answer alone tells, or the next change of another property.
 */

void unit_evaluate_freezer(Unit *unit) {
        /* what comes before the answer may be older than the question */
        if (unit->slot_freezer || unit->freezer_moves || unit->frozen_told == (int) unit->frozen)
                return;
        unit->frozen_told = unit->frozen;
        unit->handler->freezer(unit->frozen, NULL, unit->userdata);
}

static int send_stop(Unit *unit) {
        return unit_call(unit, "StopUnit", "ss", unit->name, "replace");
}

static int on_freezer_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Unit *unit = userdata;

        unit->slot_freezer = sd_bus_slot_unref(unit->slot_freezer);
        if (unit->over)
                return 0;
        if (error && unit->stop_wanted) /* it is no better than to try; and not tried again and again */
                return send_stop(unit);
        if (error) { /* what holds now, the properties say */
                unit->frozen_told = -1;
                unit_refresh(unit);
                if (!unit_is_unanswered(error))
                        unit->handler->freezer(!unit->freeze_asked,
                                               error->message ? error->message : error->name,
                                               unit->userdata);
                return 0;
        }
        unit->frozen = unit->freeze_asked;
        unit->freezer_moves = false;
        unit->frozen_told = unit->frozen;
        unit->handler->freezer(unit->frozen, NULL, unit->userdata);
        return unit->stop_wanted ? unit_stop(unit) : 0;
}

int unit_stop(Unit *unit) {
        unit->stop_wanted = true;
        /* otherwise it is not known whether there is such a unit, and whether it is ours: unit_refresh()
         * tells */
        if (!unit->started && !unit->slot_start)
                return 0;
        /* seen on systemd 257: "Cannot stop frozen unit", and nothing more comes; 252 thaws it by itself */
        if (unit->slot_freezer)
                return 0;
        return unit->frozen || unit->freezer_moves ? unit_freeze(unit, false) : send_stop(unit);
}

int unit_freeze(Unit *unit, bool freeze) {
        g_return_val_if_fail(!unit->slot_freezer, -EBUSY);

        unit->freeze_asked = freeze;
        return sd_bus_call_method_async(unit->driver->bus, &unit->slot_freezer, SYSTEMD_NAME, SYSTEMD_PATH,
                                        SYSTEMD_MANAGER, freeze ? "FreezeUnit" : "ThawUnit",
                                        on_freezer_reply, unit, "s", unit->name);
}
