/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* A size as parse_size() reads it: "4G", "1.5M" (cut to one digit), "infinity". For the caller to free. */
char *format_size(uint64_t bytes);

/* The same for people: a bare number says what it counts, "29B". */
char *format_size_short(uint64_t bytes);

/* A time span in µs as parse_timespan() reads it: "1h 5min 3s", "0", "infinity". For the caller to free. */
char *format_timespan(uint64_t usec);

/* "1h 5min": what a person wants to know, the two largest units, nothing below a millisecond. */
char *format_timespan_short(uint64_t usec);
