/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/*
 * Times as systemd writes and reads them. µs since 1970 UTC.
 */

/*
 * All that systemd.time(7) knows of points in time: "Fri 2026-11-20 13:00:05.25", parts of it, "today",
 * "-1h", "1h ago", "@1795000000", with "UTC", a zone's name or its distance ("+05:30") behind it; RFC 3339;
 * and "Nov 20 13:00:05", as receive writes it. Relative to `now`. 0, or −EINVAL.
 */
int timestamp_parse(const char *text, uint64_t now, uint64_t *ret);

/* "Fri 2026-11-20 13:00:05 UTC", in local time. */
char *timestamp_format(uint64_t usec);

/* "5min 3s ago". */
char *timestamp_format_ago(uint64_t usec, uint64_t now);

uint64_t timestamp_now(void);
