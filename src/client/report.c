/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/sanitize.h"
#include "client/call-error.h"
#include "client/interrupt.h"
#include "client/report.h"

#define LINE_CLEAR "\r\033[K"

void report_write(const char *text, size_t size) {
        while (size > 0) {
                ssize_t n = write(STDERR_FILENO, text, size);

                if (n >= 0) {
                        text += n;
                        size -= (size_t) n;
                } else if (errno == EAGAIN ? interrupt_wait_writable(STDERR_FILENO) < 0 : errno != EINTR)
                        return; /* nobody reads it, or somebody wants to leave */
        }
}

/* The place where notes go stands in the middle of a line. There is one such place for the whole program. */
static bool in_line;

/* It shows a line that does not stay. */
static bool over_line;

void report_in_line(bool yes) {
        in_line = yes;
}

bool report_is_in_line(void) {
        return in_line;
}

void report_show_line(const char *text) {
        g_autofree char *line = g_strconcat(LINE_CLEAR, text, NULL);

        report_write(line, strlen(line));
        over_line = true;
}

void report_clear_line(void) {
        if (!over_line)
                return;
        report_write(LINE_CLEAR, strlen(LINE_CLEAR));
        over_line = false;
}

/* One write, so that the lines of several programs on one terminal never mix. */
__attribute__((format(printf, 2, 0))) static void say(const char *prefix, const char *format, va_list ap) {
        g_autofree char *text = g_strdup_vprintf(format, ap), *clean = sanitize_lines(text);
        g_autofree char *line = g_strconcat(over_line ? LINE_CLEAR
                                            : in_line ? "\n"
                                                      : "",
                                            prefix, clean, "\n", NULL);

        report_write(line, strlen(line));
        in_line = false;
}

int fail(int status, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        say("jobctl: ", format, ap);
        va_end(ap);
        return status;
}

void warn(const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        say("jobctl: ", format, ap);
        va_end(ap);
}

void note(const Client *c, const char *format, ...) {
        va_list ap;

        if (c->quiet)
                return;
        va_start(ap, format);
        say("jobctl: ", format, ap);
        va_end(ap);
}

void tell(const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        say("", format, ap);
        va_end(ap);
}

int fail_call(const Client *c, int r, const sd_bus_error *error, const char *format, ...) {
        g_autofree char *what = NULL;
        const char *why = error->message ?: g_strerror(r < 0 ? -r : EIO);
        va_list ap;

        va_start(ap, format);
        what = g_strdup_vprintf(format, ap);
        va_end(ap);

        if (error_is_no_service(error))
                return fail(STATUS_FAILURE,
                            "cannot %s: jobd is not running%s%s, and could not be started (%s); see "
                            "'systemctl status jobd'",
                            what, c->host ? " on " : "", c->host ?: "", why);
        if (error_is_away(c, r, error) && !c->welcome)
                return c->host ? fail(STATUS_FAILURE, "cannot %s: no connection to %s (%s)", what, c->host,
                                      why)
                               : fail(STATUS_FAILURE,
                                      "cannot %s: the system bus refuses a connection of this user", what);
        if (error_is_away(c, r, error))
                return c->host ? fail(STATUS_AWAY, "cannot %s: no connection to %s (%s)", what, c->host, why)
                               : fail(STATUS_AWAY,
                                      "cannot %s: jobd went away and did not come back in time (%s); "
                                      "jobs go on without it",
                                      what, why);
        if (error_is_no_such_job(error))
                return fail(STATUS_NOT_FOUND, "cannot %s: there is no such job", what);
        if (error_is_refusal(error) && !strstr(why, "not authorized"))
                return fail(STATUS_FAILURE, "cannot %s: not authorized: %s", what, why);
        return fail(STATUS_FAILURE, "cannot %s: %s", what, why);
}
