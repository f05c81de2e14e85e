/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * The zone of a time that somebody has written.
 */

typedef enum ZoneKind {
        ZONE_LOCAL,
        ZONE_DISTANCE,     /* so many seconds from UTC */
        ZONE_ABBREVIATION, /* "CEST", as local times have it */
        ZONE_NAME,         /* "Europe/Berlin", of the database */
} ZoneKind;

typedef struct Zone {
        ZoneKind kind;
        long distance;
        const char *name; /* lives in the text */
} Zone;

/* The zone that stands behind a time, the local one if there is none; *ret_length: of the text before it. */
Zone zone_find(const char *text, size_t *ret_length);

/* What a clock shows there. */
bool zone_time(const Zone *zone, time_t at, struct tm *ret);

/* When it shows that; negative: never. */
time_t zone_seconds(const Zone *zone, const struct tm *tm);
