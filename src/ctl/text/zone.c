/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/text/zone.h"

#define DATABASE "/usr/share/zoneinfo/"
#define DAY      ((time_t) 86400)

/* "+05:30", "-0330", "+05": as seconds. */
static bool parse_distance(const char *text, long *ret) {
        struct tm tm = { 0 };
        const char *end;

        if ((text[0] != '+' && text[0] != '-') || !g_ascii_isdigit(text[1]))
                return false;
        end = strptime(text, "%z", &tm);
        if (!end || *end)
                return false;
        *ret = tm.tm_gmtoff;
        return true;
}

/* RFC 3339 has the zone at the time, without a blank: "2026-11-20T13:00:05Z". */
static bool find_welded(const char *text, Zone *zone, size_t *ret_length) {
        size_t length = strlen(text);

        if (length > 2 && text[length - 1] == 'Z' && g_ascii_isdigit(text[length - 2])) {
                *ret_length = length - 1;
                return true;
        }
        if (length > 7 && g_ascii_isdigit(text[length - 7]) &&
            parse_distance(text + length - 6, &zone->distance)) {
                *ret_length = length - 6;
                return true;
        }
        return false;
}

static bool is_local(const char *name, int *ret_summer) {
        tzset();
        for (*ret_summer = 0; *ret_summer < 2; (*ret_summer)++)
                if (g_ascii_strcasecmp(name, tzname[*ret_summer]) == 0)
                        return true;
        return false;
}

static bool is_in_database(const char *name) {
        g_autofree char *path = g_strconcat(DATABASE, name, NULL);

        return g_ascii_isalpha(name[0]) && !strstr(name, "..") && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

Zone zone_find(const char *text, size_t *ret_length) {
        const char *blank = strrchr(text, ' '), *name = blank ? blank + 1 : "";
        Zone zone = { .kind = ZONE_DISTANCE, .name = name };
        int summer;

        if (find_welded(text, &zone, ret_length))
                return zone;
        *ret_length = blank ? (size_t) (blank - text) : 0;
        if (g_ascii_strcasecmp(name, "UTC") == 0 || parse_distance(name, &zone.distance))
                return zone;
        if (g_ascii_isalpha(name[0])) {
                /* "CET" is in the database, too, but there it has a summer */
                zone.kind = !is_local(name, &summer) && is_in_database(name) ? ZONE_NAME : ZONE_ABBREVIATION;
                return zone;
        }
        *ret_length = strlen(text);
        return (Zone){ .kind = ZONE_LOCAL };
}

static void set_local(const char *name) {
        if (name)
                (void) setenv("TZ", name, 1);
        else
                (void) unsetenv("TZ");
        tzset();
}

bool zone_time(const Zone *zone, time_t at, struct tm *ret) {
        g_autofree char *here = NULL;
        bool ok;

        if (zone->kind == ZONE_DISTANCE) {
                at += zone->distance;
                return gmtime_r(&at, ret);
        }
        if (zone->kind != ZONE_NAME)
                return localtime_r(&at, ret);
        here = g_strdup(getenv("TZ"));
        set_local(zone->name);
        ok = localtime_r(&at, ret);
        set_local(here);
        return ok;
}

/* One of the clocks that were in force within a day of it: of an hour that comes twice it is the name that
 * tells. */
static time_t abbreviated(const struct tm *tm, const char *name) {
        struct tm given = *tm;
        time_t base = timegm(&given);

        for (int days = -1; days <= 1; days++) {
                time_t at = base + days * DAY, found;
                struct tm there;

                if (!localtime_r(&at, &there))
                        return -1;
                found = base - there.tm_gmtoff;
                if (localtime_r(&found, &there) && there.tm_gmtoff == base - found &&
                    g_ascii_strcasecmp(there.tm_zone, name) == 0)
                        return found;
        }
        return -1;
}

time_t zone_seconds(const Zone *zone, const struct tm *tm) {
        g_autofree char *here = NULL;
        struct tm given = *tm;
        int summer = -1;
        time_t found;

        given.tm_isdst = -1;
        switch (zone->kind) {
        case ZONE_LOCAL:
                break;
        case ZONE_DISTANCE:
                return timegm(&given) - zone->distance;
        case ZONE_ABBREVIATION:
                found = abbreviated(tm, zone->name);
                /* winter's name in summer is what systemd takes, too */
                if (found >= 0 || !is_local(zone->name, &summer))
                        return found;
                given.tm_isdst = summer;
                break;
        case ZONE_NAME:
                here = g_strdup(getenv("TZ"));
                set_local(zone->name);
                found = mktime(&given);
                set_local(here);
                return found;
        }
        return mktime(&given);
}
