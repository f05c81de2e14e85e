/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/format.h"
#include "base/parse.h"
#include "client/away.h"
#include "client/interrupt.h"
#include "client/pending.h"
#include "client/report.h"
#include "wire/names.h"

#define USEC_PER_SEC UINT64_C(1000000)

#define PATIENCE_USEC (90 * USEC_PER_SEC)

/* A restart is over before this, and nobody needs to hear of it. */
#define SAY_AFTER_USEC (5 * USEC_PER_SEC)

/* Between two looks; a look itself takes no longer than the second. */
#define PAUSE_MIN_USEC (USEC_PER_SEC / 50)
#define PAUSE_MAX_USEC USEC_PER_SEC

uint64_t away_patience(void) {
        const char *text = getenv("JOBCTL_AWAY_TIMEOUT");
        uint64_t usec;

        return text && parse_timespan(text, &usec) >= 0 ? usec : PATIENCE_USEC;
}

/* A connection of the same kind. False if there is none yet. */
static bool reconnect(Client *c) {
        g_autoptr(sd_bus) bus = NULL;

        if (sd_bus_open_system(&bus) < 0)
                return false;
        (void) sd_bus_flush_close_unref(c->bus);
        c->bus = g_steal_pointer(&bus);
        return true;
}

/* 1 if jobd is there, 0 if not, −EINTR. */
static int look(Client *c) {
        g_autoptr(sd_bus_message) call = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        g_auto(Pending) pending = { 0 };
        int r;

        if (sd_bus_is_open(c->bus) <= 0 && !reconnect(c))
                return 0;
        r = sd_bus_message_new_method_call(c->bus, &call, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                           "org.freedesktop.DBus", "GetNameOwner");
        if (r >= 0)
                r = sd_bus_message_append(call, "s", JOBD_BUS_NAME);
        if (r >= 0)
                r = pending_send_aside(c, call, &pending);
        if (r >= 0)
                r = pending_wait_once(c, &pending, PAUSE_MAX_USEC);
        if (r > 0)
                r = pending_result(&pending, &error) >= 0;
        return r == -EINTR ? r : r > 0;
}

int away_wait(Client *c) {
        uint64_t patience = c->hurry ? 0 : away_patience(), pause = PAUSE_MIN_USEC,
                 begin = (uint64_t) g_get_monotonic_time();
        bool said = false;

        for (;;) {
                uint64_t passed;
                int r;

                /* another machine's bus is at the end of an ssh that has ended */
                if (c->host && sd_bus_is_open(c->bus) <= 0)
                        return -EHOSTDOWN;
                /* first of all a pause: what makes jobd crash shall not make it crash all the time */
                r = interrupt_sleep(pause);
                if (r >= 0)
                        r = look(c);
                if (r != 0)
                        return MIN(r, 0);
                passed = (uint64_t) g_get_monotonic_time() - begin;
                if (passed >= patience)
                        return -EHOSTDOWN;
                if (passed >= SAY_AFTER_USEC && !said) {
                        g_autofree char *text = format_timespan_short(patience);

                        said = true;
                        note(c, "jobd is away; waiting %s for it, jobs go on meanwhile", text);
                }
                pause = MIN(pause * 2, PAUSE_MAX_USEC);
        }
}
