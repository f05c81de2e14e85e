/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-event.h>
#include <time.h>

/*
 * Pauses are a tenth of what they are in life: the linker takes this function instead of the library's. What
 * waits for time is tested, not how long it waits.
 */
int sd_event_source_set_time_relative(sd_event_source *source, uint64_t usec) {
        uint64_t now;
        int r = sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now);

        return r < 0 ? r : sd_event_source_set_time(source, now + usec / 10);
}
