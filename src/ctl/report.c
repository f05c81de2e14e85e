/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "ctl/away.h"
#include "ctl/interrupt.h"
#include "ctl/report.h"
#include "ctl/text/sanitize.h"
#include "wire/names.h"

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

/* It shows the line of life, which does not stay. */
static bool over_line;

void report_in_line(bool yes) {
        in_line = yes;
}

bool report_is_in_line(void) {
        return in_line;
}

void report_over_line(bool yes) {
        over_line = yes;
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

void note(const Ctl *c, const char *format, ...) {
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

int fail_usage(const Ctl *c, const char *format, ...) {
        const char *verb = c->verb ? c->verb->name : "", *space = c->verb ? " " : "";
        g_autofree char *prefix = c->verb ? g_strdup_printf("jobctl: %s: ", verb) : g_strdup("jobctl: ");
        va_list ap;

        va_start(ap, format);
        say(prefix, format, ap);
        va_end(ap);
        tell("Try 'jobctl %s%s--help'.", verb, space);
        return STATUS_USAGE;
}

bool error_is_no_such_job(const sd_bus_error *error) {
        /* a job that is gone has no object any more: then sd-bus answers, not jobd */
        return error_is(error, JOBD_E_NO_SUCH_JOB) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT);
}

static bool error_is_no_service(const sd_bus_error *error) {
        return sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) ||
               (error->name && g_str_has_prefix(error->name, "org.freedesktop.DBus.Error.Spawn.")) ||
               sd_bus_error_has_name(error, "org.freedesktop.systemd1.NoSuchUnit") ||
               sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitMasked");
}

bool error_is_refusal(const sd_bus_error *error) {
        return error_is(error, JOBD_E_ACCESS_DENIED) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
               sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

int fail_call(const Ctl *c, int r, const sd_bus_error *error, const char *format, ...) {
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
