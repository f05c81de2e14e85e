/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

static void write_line(int priority, const char *text) {
        /* one write, so that lines of one process never mix */
        (void) fprintf(stderr, "<%i>%s\n", priority, text);
}

void log_line(int priority, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        write_line(priority, text);
}

int log_failure(int r, const char *format, ...) {
        g_autofree char *text = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        log_line(LOG_ERR, "%s: %s", text, g_strerror(-r));
        return r;
}

void log_job(int priority, JobId id, int r, const char *format, ...) {
        g_autofree char *text = NULL, *line = NULL;
        va_list ap;

        va_start(ap, format);
        text = g_strdup_vprintf(format, ap);
        va_end(ap);
        line = r < 0 ? g_strdup_printf("job %s: %s: %s", job_id_label(id).text, text, g_strerror(-r))
                     : g_strdup_printf("job %s: %s", job_id_label(id).text, text);
        write_line(priority, line);
}
