/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "bus/audience.h"
#include "bus/stats.h"

#define ASK_EVERY      256U              /* signals */
#define ASK_AGAIN_USEC UINT64_C(1000000) /* while some are not sent */

struct Audience {
        sd_bus *bus;
        const Owed *owed;
        uint64_t unread; /* bytes of signals, when the bus was asked */
        guint sent;      /* since then */
        uint64_t asked;  /* when */
        bool told;       /* that signals are not sent */
        bool untold;     /* the bus does not tell */
        sd_bus_slot *slot;
};

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Audience *audience = userdata;
        uint32_t unread;
        int r = stats_read(reply, STATS_UNREAD_OF, &unread);

        audience->slot = sd_bus_slot_unref(audience->slot);
        if (r == -ENOTSUP)
                audience->untold = true;
        if (r < 0)
                return 0;
        audience->unread = unread - MIN(unread, owed_total(audience->owed));
        if (audience->unread < AUDIENCE_OUTPUT_MAX)
                audience->told = false;
        return 0;
}

static void ask(Audience *audience) {
        const char *name;

        if (audience->slot || sd_bus_get_unique_name(audience->bus, &name) < 0)
                return;
        audience->sent = 0;
        (void) sd_event_now(sd_bus_get_event(audience->bus), CLOCK_MONOTONIC, &audience->asked);
        (void) stats_ask(audience->bus, &audience->slot, name, on_stats, audience);
}

static bool may_ask_again(const Audience *audience) {
        uint64_t now;

        return sd_event_now(sd_bus_get_event(audience->bus), CLOCK_MONOTONIC, &now) >= 0 &&
               now - audience->asked >= ASK_AGAIN_USEC;
}

bool audience_listens(Audience *audience, bool output) {
        if (audience->untold)
                return true;
        if (audience->unread < (output ? AUDIENCE_OUTPUT_MAX : AUDIENCE_MAX)) {
                if (++audience->sent >= ASK_EVERY)
                        ask(audience);
                return true;
        }
        if (may_ask_again(audience))
                ask(audience);
        if (!audience->told)
                log_warning("Signals are not sent: somebody subscribed to them, and has not read "
                            "%" G_GUINT64_FORMAT " bytes",
                            audience->unread);
        audience->told = true;
        return false;
}

Audience *audience_new(sd_bus *bus, const Owed *owed) {
        Audience *audience = g_new0(Audience, 1);

        audience->bus = sd_bus_ref(bus);
        audience->owed = owed;
        return audience;
}

void audience_free(Audience *audience) {
        sd_bus_slot_unref(audience->slot);
        sd_bus_unref(audience->bus);
        g_free(audience);
}
