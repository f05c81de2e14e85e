/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/client.h"

/* "jobctl: TEXT" on stderr; returns `status`. Control characters in the text are neutralised. */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what does not end the work. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something worth knowing; nothing with --quiet. */
void note(const Client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line about a job, without jobctl's name before it. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether a job's own output has left standard error in the middle of a line: what is said next begins a new
 * one. */
void report_in_line(bool yes);
bool report_is_in_line(void);

/* A line of a terminal that does not stay: what is said next is written over it. */
void report_show_line(const char *text);
void report_clear_line(void);

/* Text to standard error as it is. Errors have nowhere to go. */
void report_write(const char *text, size_t size);

/*
 * An error of a call: says in a person's words what was wrong. `what` is what was being done ("stop job 7").
 * Returns STATUS_NOT_FOUND if the job does not exist, otherwise STATUS_FAILURE.
 */
int fail_call(const Client *c, int r, const sd_bus_error *error, const char *format, ...)
                __attribute__((format(printf, 4, 5)));
