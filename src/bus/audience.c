/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "bus/audience.h"
#include "bus/stats.h"

#define ASK_EVERY 256U /* signals */
/* While some are not sent: at first, and after long. */
#define ASK_AGAIN_USEC     UINT64_C(1000000)
#define ASK_AGAIN_MAX_USEC UINT64_C(30000000)

struct Audience {
        sd_bus *bus;
        const Owed *owed;
        uint64_t unread; /* bytes of signals, when the bus was asked */
        guint sent;      /* since then */
        bool told;       /* that signals are not sent */
        bool untold;     /* the bus does not tell */
        sd_bus_slot *slot;
        sd_event_source *timer; /* during a silence */
        uint64_t pause;
        void (*listens_again)(void *userdata);
        void *userdata;
};

static void watch(Audience *audience);

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
        if (audience->unread >= AUDIENCE_OUTPUT_MAX && !audience->untold) {
                watch(audience);
                return 0;
        }
        audience->told = false;
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

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Audience *audience = userdata;

        audience->pause = MIN(2 * audience->pause, ASK_AGAIN_MAX_USEC);
        ask(audience);
        return 0;
}

static void watch(Audience *audience) {
        int r;

        if (!audience->timer)
                r = sd_event_add_time_relative(sd_bus_get_event(audience->bus), &audience->timer,
                                               CLOCK_MONOTONIC, audience->pause, 0, on_timer, audience);
        else {
                r = sd_event_source_set_time_relative(audience->timer, audience->pause);
                if (r >= 0)
                        r = sd_event_source_set_enabled(audience->timer, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_error("Whether signals are read cannot be watched: %s", g_strerror(-r));
}

static void fall_silent(Audience *audience) {
        if (audience->told)
                return;
        log_warning("Signals are not sent: somebody subscribed to them, and has not read %" G_GUINT64_FORMAT
                    " bytes",
                    audience->unread);
        audience->told = true;
        audience->pause = ASK_AGAIN_USEC;
        watch(audience);
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
        return audience;
}

void audience_free(Audience *audience) {
        g_clear_pointer(&audience->timer, sd_event_source_disable_unref);
        sd_bus_slot_unref(audience->slot);
        sd_bus_unref(audience->bus);
        g_free(audience);
}
