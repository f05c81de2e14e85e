/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/log.h"
#include "base/retry.h"
#include "bus/audience.h"
#include "bus/stats.h"

#define ASK_EVERY 256U /* signals */
/* While some are not sent. */
static const RetryPause ask_again = { .min = 1000000, .max = 30000000 };

struct Audience {
        sd_bus *bus;
        const Owed *owed;
        uint64_t unread; /* bytes of signals, when the bus was asked */
        guint sent;      /* since then */
        bool told;       /* that signals are not sent */
        bool untold;     /* the bus does not tell */
        sd_bus_slot *slot;
        Retry *retry; /* during a silence */
        void (*listens_again)(void *userdata);
        void *userdata;
};

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Audience *audience = userdata;
        uint32_t unread;
        int r = stats_read(reply, STATS_UNREAD_OF, &unread);

        audience->slot = sd_bus_slot_unref(audience->slot);
        if (r == -ENOTSUP)
                audience->untold = true;
        if (r >= 0)
                audience->unread = unread - MIN(unread, owed_total(audience->owed));
        if (!audience->told)
                return 0;
        if (audience->unread >= AUDIENCE_OUTPUT_MAX && !audience->untold)
                return 0;
        audience->told = false;
        retry_done(audience->retry);
        audience->listens_again(audience->userdata);
        return 0;
}

static void ask(Audience *audience) {
        const char *name;

        if (audience->slot || sd_bus_get_unique_name(audience->bus, &name) < 0)
                return;
        audience->sent = 0;
        (void) stats_ask(audience->bus, &audience->slot, name, on_stats, audience);
}

/* False: on_stats() will know. */
static bool ask_again_later(void *userdata) {
        ask(userdata);
        return false;
}

static void fall_silent(Audience *audience) {
        if (audience->told)
                return;
        log_warning("Signals are not sent: somebody subscribed to them, and has not read %" G_GUINT64_FORMAT
                    " bytes",
                    audience->unread);
        audience->told = true;
        retry_later(audience->retry);
}

bool audience_listens(Audience *audience, bool output) {
        if (audience->untold)
                return true;
        if (audience->unread >= (output ? AUDIENCE_OUTPUT_MAX : AUDIENCE_MAX)) {
                fall_silent(audience);
                return false;
        }
        if (++audience->sent >= ASK_EVERY)
                ask(audience);
        return true;
}

Audience *audience_new(sd_bus *bus, const Owed *owed, void (*listens_again)(void *userdata),
                       void *userdata) {
        Audience *audience = g_new0(Audience, 1);

        audience->bus = sd_bus_ref(bus);
        audience->owed = owed;
        audience->listens_again = listens_again;
        audience->userdata = userdata;
        audience->retry = retry_new(sd_bus_get_event(bus), "The question whether signals are read",
                                    &ask_again, ask_again_later, audience);
        return audience;
}

void audience_free(Audience *audience) {
        retry_free(audience->retry);
        sd_bus_slot_unref(audience->slot);
        sd_bus_unref(audience->bus);
        g_free(audience);
}
