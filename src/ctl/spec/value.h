/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Words of the command line as systemd's unit files write them, read strictly: NULL if the text is not
 * exactly that. Each says of which D-Bus type its result is.
 */

GVariant *value_boolean(const char *text);   /* b: yes, no, … */
GVariant *value_size(const char *text);      /* t: bytes, infinity; not 0 */
GVariant *value_count(const char *text);     /* t: a number, infinity; not 0 */
GVariant *value_weight(const char *text);    /* t: 1 to 10000 */
GVariant *value_cpu_quota(const char *text); /* t: µs per second; "20%", 1% at least */

/* "50%", "12.5%", at most `max_percent`, in hundredths of a percent. */
bool parse_percent(const char *text, uint64_t max_percent, uint64_t *ret_hundredths);
GVariant *value_time(const char *text);   /* t: µs, not 0 */
GVariant *value_umask(const char *text);  /* u: octal */
GVariant *value_nice(const char *text);   /* i */
GVariant *value_signal(const char *text); /* s: INT, SIGINT, 2 */
GVariant *value_status(const char *text); /* i: of an exit */
