/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <inttypes.h>

#include "base/format.h"

#define USEC_PER_SEC UINT64_C(1000000)

char *format_size(uint64_t bytes) {
        static const char suffixes[] = "KMGTP";
        uint64_t unit = 1, tenths;
        int i = -1;

        if (bytes == UINT64_MAX)
                return g_strdup("infinity");
        while (suffixes[i + 1] && bytes / unit >= 1024) {
                unit *= 1024;
                i++;
        }
        if (i < 0)
                return g_strdup_printf("%" PRIu64, bytes);
        tenths = bytes % unit * 10 / unit;
        if (tenths == 0)
                return g_strdup_printf("%" PRIu64 "%c", bytes / unit, suffixes[i]);
        return g_strdup_printf("%" PRIu64 ".%" PRIu64 "%c", bytes / unit, tenths, suffixes[i]);
}

char *format_size_short(uint64_t bytes) {
        g_autofree char *text = format_size(bytes);

        return bytes < 1024 ? g_strconcat(text, "B", NULL) : g_steal_pointer(&text);
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

char *format_timespan(uint64_t usec) {
        return format_span(usec, UINT_MAX);
}

char *format_timespan_short(uint64_t usec) {
        return format_span(usec >= 1000 && usec != UINT64_MAX ? usec - usec % 1000 : usec, 2);
}
