/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "harness.h"

/*
 * org.freedesktop.systemd1 as far as jobd uses it: notes each call as a line of text, answers as told, and
 * sends the signals that a test wants.
 */

typedef struct Systemd {
        sd_bus *bus;
        /* who sends the signals, `bus` at first, and to whom: NULL for everybody */
        sd_bus *speaker;
        const char *destination;
        GPtrArray *calls;             /* of char *: "StopUnit jobd-7.service replace" */
        GPtrArray *properties;        /* of the last StartTransientUnit: "Type=exec" */
        int control_fd;               /* what it had for jobd-exec's control socket */
        const char *start_error;      /* StartTransientUnit fails with this text */
        const char *start_error_name; /* UnitExists if NULL */
        bool start_error_once;
        const char *subscribe_error;
        const char *get_all_error; /* GetAll fails with this name */
        bool get_all_waits;        /* GetAll is not answered */
        /* what GetAll says; NULL load_state: no answer but an error */
        const char *load_state, *description, *active_state, *result;
        uint32_t job, pid;
        /* failed units, as ListUnitsByPatterns tells them, and the argument of what they ran; NULL behind
         * the last */
        const struct FailedUnit { const char *name, *description, *argument; } * failed;
        int32_t code, status;
} Systemd;

extern Systemd systemd;

/* Needs the loop. */
void systemd_setup(void);
void systemd_teardown(void);

/* As jobd-exec of the unit that was started last. */
void systemd_command_starts(void);

/* How often a call was noted that begins with `prefix`. */
guint systemd_n_calls(const char *prefix);
bool systemd_has_property(const char *assignment);

/* PropertiesChanged of org.freedesktop.systemd1.<interface> of jobd-<id>.service; types and values as of
 * sd_bus_message_append(), inside of a{sv}. */
void systemd_changed(uint32_t id, const char *interface, const char *types, ...);
void systemd_unit_changed(uint32_t id, const char *active_state, uint32_t job);
/* A unit of that path gets a systemd job, or, with 0, has none any more. */
void systemd_job_changed(const char *path, uint32_t job);
void systemd_reloading(bool active);

/* As after daemon-reexec: it is another client of the bus now. The caller gets the old one. */
sd_bus *systemd_reexec(void);
