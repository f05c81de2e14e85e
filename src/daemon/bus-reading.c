/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus-reading.h"

#include "base/cleanup.h"
#include "daemon/read-ahead.h"

#define TURN_USEC 1000 /* then it is somebody else's, as of the calls that were read */

/* Many messages at once: a turn of the loop costs as much as several of them. */
static int on_more(sd_event_source *source, void *userdata) {
        gint64 end = g_get_monotonic_time() + TURN_USEC;
        sd_bus *bus = userdata;
        int r = 0;

        while (r >= 0 && read_ahead_has_more() && g_get_monotonic_time() < end)
                r = sd_bus_process(bus, NULL);
        if (r < 0)
                return sd_event_exit(sd_event_source_get_event(source), r);
        if (read_ahead_has_more())
                return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

static void wake(void *source) {
        (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int bus_reading_begin(sd_bus *bus) {
        g_autoptr(sd_event_source) source = NULL;
        int fd = sd_bus_get_fd(bus), r;

        if (fd < 0)
                return fd;
        r = sd_event_add_defer(sd_bus_get_event(bus), &source, on_more, bus);
        if (r >= 0)
                r = sd_event_source_set_enabled(source, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_floating(source, true);
        if (r >= 0)
                read_ahead_begin(fd, wake, source);
        return r;
}
