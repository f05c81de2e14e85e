/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <syslog.h>

#include "wire/job-id.h"

/*
 * Logging of jobd: to stderr with a <priority> prefix, which systemd's journal understands. Library code
 * returns its errors; the top of a call chain logs, once.
 */

void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "job 7: TEXT: error's words" with `r` a negative errno or JOBD_E_*, 0 for none. */
void log_job(int priority, JobId id, int r, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "TEXT: error's words"; returns `r`, a negative errno: for who ends with it. */
int log_failure(int r, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...)  log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)    log_line(LOG_INFO, __VA_ARGS__)
