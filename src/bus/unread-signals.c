/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/log.h"
#include "bus/unread-internal.h"
#include "bus/unread-stats.h"

/* Signals to everybody. One is kept by the bus until the last who subscribed to it has read it. */

#define ASK_EVERY 256U /* signals */
/* While some are not sent. */
static const RetryPause ask_again = { .min = 1000000, .max = 30000000 };

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Unread *unread = userdata;
        UnreadSignals *signals = &unread->signals;
        uint32_t bytes;
        int r = unread_stats_read(reply, UNREAD_STATS_SENT, &bytes);

        signals->slot = sd_bus_slot_unref(signals->slot);
        if (r == -ENOTSUP)
                signals->untold = true;
        if (r >= 0) /* answers are in it */
                signals->bytes = bytes - MIN(bytes, unread->total[UNREAD_BYTES]);
        if (!signals->silent)
                return 0;
        if (signals->bytes >= UNREAD_OUTPUT_SIGNALS_MAX && !signals->untold)
                return 0;
        signals->silent = false;
        retry_done(signals->retry);
        unread->events->may_signal(unread->userdata);
        return 0;
}

static void ask(Unread *unread) {
        UnreadSignals *signals = &unread->signals;
        const char *name;

        if (signals->slot || sd_bus_get_unique_name(unread->bus, &name) < 0)
                return;
        signals->sent = 0;
        (void) unread_stats_ask(unread->bus, &signals->slot, name, on_stats, unread);
}

/* False: on_stats() will know. */
static bool ask_again_later(void *userdata) {
        ask(userdata);
        return false;
}

static void fall_silent(UnreadSignals *signals) {
        if (signals->silent)
                return;
        log_warning("Signals are not sent: somebody subscribed to them, and has not read %" G_GUINT64_FORMAT
                    " bytes",
                    signals->bytes);
        signals->silent = true;
        retry_later(signals->retry);
}

bool unread_may_signal(Unread *unread, bool output) {
        UnreadSignals *signals = &unread->signals;

        if (signals->untold)
                return true;
        if (signals->bytes >= (output ? UNREAD_OUTPUT_SIGNALS_MAX : UNREAD_SIGNALS_MAX)) {
                fall_silent(signals);
                return false;
        }
        if (++signals->sent >= ASK_EVERY)
                ask(unread);
        return true;
}

void unread_signals_init(Unread *unread) {
        unread->signals.retry = retry_new(sd_bus_get_event(unread->bus),
                                          "The question whether signals are read", &ask_again,
                                          ask_again_later, unread);
}

void unread_signals_done(Unread *unread) {
        retry_free(unread->signals.retry);
        sd_bus_slot_unref(unread->signals.slot);
}
