/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/* "jobctl: TEXT" on stderr; returns `status`. Control characters in the text are neutralised. */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what does not end the work. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something worth knowing; nothing with --quiet. */
void note(const Ctl *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line about a job, without jobctl's name before it. */
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether a job's own output has left standard error in the middle of a line: what is said next begins a new
 * one. */
void report_in_line(bool yes);
bool report_is_in_line(void);

/* Whether what stands on the line of a terminal is to be written over. */
void report_over_line(bool yes);
#define LINE_CLEAR "\r\033[K"

/* Text to standard error as it is. Errors have nowhere to go. */
void report_write(const char *text, size_t size);

/* "jobctl: VERB: TEXT", then where to find help; returns STATUS_USAGE. */
int fail_usage(const Ctl *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * An error of a call: says in a person's words what was wrong. `what` is what was being done ("stop job 7").
 * Returns STATUS_NOT_FOUND if the job does not exist, otherwise STATUS_FAILURE.
 */
int fail_call(const Ctl *c, int r, const sd_bus_error *error, const char *format, ...)
                __attribute__((format(printf, 4, 5)));

/* True if the error says that there is no such job. */
bool error_is_no_such_job(const sd_bus_error *error);

/* True if it says that the caller may not do that, or not unasked. */
bool error_is_refusal(const sd_bus_error *error);
