/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "client/report.h"
#include "ctl/usage.h"

int fail_usage(const Ctl *c, const char *format, ...) {
        const char *verb = c->verb ? c->verb->name : "";
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        (void) fail(STATUS_USAGE, "%s%s%s", verb, c->verb ? ": " : "", text);
        tell("Try 'jobctl %s%s--help'.", verb, c->verb ? " " : "");
        return STATUS_USAGE;
}
