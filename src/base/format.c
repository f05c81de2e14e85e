/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <inttypes.h>

#include "base/format.h"

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
