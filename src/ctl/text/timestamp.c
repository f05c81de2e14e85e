/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <time.h>

#include "base/format.h"
#include "ctl/text/timestamp.h"

#define USEC_PER_SEC UINT64_C(1000000)

uint64_t timestamp_now(void) {
        return (uint64_t) g_get_real_time();
}

char *timestamp_format(uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        char buffer[64];
        struct tm tm;

        if (!localtime_r(&seconds, &tm) ||
            strftime(buffer, sizeof(buffer), "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0)
                return g_strdup("?");
        return g_strdup(buffer);
}

char *timestamp_format_ago(uint64_t usec, uint64_t now) {
        uint64_t distance = usec > now ? usec - now : now - usec;
        /* nobody reads milliseconds in "1h 5min ago" */
        g_autofree char *span = format_timespan_short(
                        distance >= USEC_PER_SEC ? distance - distance % USEC_PER_SEC : distance);

        return g_strdup_printf("%s%s", span, usec > now ? " left" : " ago");
}
