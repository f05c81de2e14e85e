/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <time.h>

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

static char *format_span(uint64_t usec, unsigned n_units) {
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                { "d", 86400 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC },
                { "min", 60 * USEC_PER_SEC },
                { "s", USEC_PER_SEC },
                { "ms", 1000 },
                { "us", 1 },
        };
        GString *out = g_string_new(NULL);
        unsigned shown = 0;

        if (usec == UINT64_MAX)
                g_string_append(out, "infinity");
        for (size_t i = 0; i < G_N_ELEMENTS(units) && usec != UINT64_MAX && shown < n_units; i++) {
                uint64_t n = usec / units[i].usec;

                if (n == 0 && shown == 0)
                        continue;
                if (n > 0)
                        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT "%s", shown > 0 ? " " : "", n,
                                               units[i].name);
                usec %= units[i].usec;
                shown++;
        }
        if (out->len == 0)
                g_string_append_c(out, '0');
        return g_string_free(out, FALSE);
}

char *timespan_format(uint64_t usec) {
        return format_span(usec, UINT_MAX);
}

char *timespan_format_short(uint64_t usec) {
        return format_span(usec >= 1000 && usec != UINT64_MAX ? usec - usec % 1000 : usec, 2);
}

char *timestamp_format_ago(uint64_t usec, uint64_t now) {
        uint64_t distance = usec > now ? usec - now : now - usec;
        /* nobody reads milliseconds in "1h 5min ago" */
        g_autofree char *span = timespan_format_short(
                        distance >= USEC_PER_SEC ? distance - distance % USEC_PER_SEC : distance);

        return g_strdup_printf("%s%s", span, usec > now ? " left" : " ago");
}

char *bytes_format(uint64_t bytes) {
        static const char suffixes[] = "BKMGTPE";
        double value = (double) bytes;
        size_t i = 0;

        while (value >= 1024) {
                value /= 1024;
                i++;
        }
        return i == 0 ? g_strdup_printf("%" G_GUINT64_FORMAT "B", bytes)
                      : g_strdup_printf("%.1f%c", value, suffixes[i]);
}
