/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "systemd/unit-internal.h"

/*
 * Freezing and thawing. systemd answers when it has come about. Before systemd 256 it has no signal for it:
 * there its answer alone tells, or the next change of another property.
 */

void unit_evaluate_freezer(Unit *unit) {
        /* what comes before the answer may be older than the question */
        if (unit->slot_freezer || unit->freezer_moves || unit->frozen_told == (int) unit->frozen)
                return;
        unit->frozen_told = unit->frozen;
        unit->handler->freezer(unit->frozen, NULL, unit->userdata);
}

static int on_freezer_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Unit *unit = userdata;

        unit->slot_freezer = sd_bus_slot_unref(unit->slot_freezer);
        if (unit->over)
                return 0;
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
        return 0;
}

int unit_freeze(Unit *unit, bool freeze) {
        g_return_val_if_fail(!unit->slot_freezer, -EBUSY);

        unit->freeze_asked = freeze;
        return sd_bus_call_method_async(unit->driver->bus, &unit->slot_freezer, SYSTEMD_NAME, SYSTEMD_PATH,
                                        SYSTEMD_MANAGER, freeze ? "FreezeUnit" : "ThawUnit",
                                        on_freezer_reply, unit, "s", unit->name);
}
