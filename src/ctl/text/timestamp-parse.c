/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "ctl/text/timestamp.h"
#include "ctl/text/zone.h"

#define USEC_PER_SEC UINT64_C(1000000)
#define DAY          86400
/* the last that systemd writes, in the year 9999 */
#define USEC_MAX (UINT64_C(253402214399) * USEC_PER_SEC)

/* The words of a time on the calendar, as they come apart. */
typedef struct Calendar {
        struct tm tm;
        int weekday; /* −1: none */
        uint64_t usec;
        bool without_year;
} Calendar;

static int span_before(uint64_t span, uint64_t now, uint64_t *ret) {
        *ret = now > span ? now - span : 0;
        return 0;
}

static int span_after(uint64_t span, uint64_t now, uint64_t *ret) {
        if (span > USEC_MAX || now + span > USEC_MAX)
                return -EINVAL;
        *ret = now + span;
        return 0;
}

static int parse_relative(const char *text, uint64_t now, uint64_t *ret) {
        g_autofree char *before = g_str_has_suffix(text, " ago") ? g_strndup(text, strlen(text) - 4) : NULL;
        g_autofree char *after = g_str_has_suffix(text, " left") ? g_strndup(text, strlen(text) - 5) : NULL;
        uint64_t span;

        if (parse_timespan(before ?: text[0] == '-' ? text + 1 : "", &span) >= 0)
                return span_before(span, now, ret);
        if (parse_timespan(after ?: text[0] == '+' ? text + 1 : "", &span) >= 0)
                return span_after(span, now, ret);
        if (text[0] == '@' && parse_timespan(text + 1, &span) >= 0)
                return span_after(span, 0, ret);
        return -EINVAL;
}

static bool is_word(const char *text, size_t length, const char *word) {
        return strlen(word) == length && g_ascii_strncasecmp(text, word, length) == 0;
}

/* A name of `names`, in full or its first three letters, moves *p behind it and the blanks that follow. */
static int take_name(const char **p, const char *const *names, int n_names) {
        size_t length = strcspn(*p, " ");

        for (int i = 0; i < n_names && (*p)[length] == ' '; i++)
                if (is_word(*p, length, names[i]) ||
                    (length == 3 && g_ascii_strncasecmp(*p, names[i], 3) == 0)) {
                        *p += length + strspn(*p + length, " ");
                        return i;
                }
        return -1;
}

static bool take_fraction(const char **p, uint64_t *ret_usec) {
        uint64_t usec = 0, unit = USEC_PER_SEC / 10;

        *ret_usec = 0;
        if (**p != '.')
                return true;
        if (!g_ascii_isdigit(*++*p))
                return false;
        for (; g_ascii_isdigit(**p) && unit > 0; (*p)++, unit /= 10)
                usec += unit * (uint64_t) (**p - '0');
        if (**p >= '5' && **p <= '9')
                usec++;
        *p += strspn(*p, "0123456789");
        *ret_usec = usec;
        return true;
}

/* A word for a day: fills the day in, at its beginning. */
static bool take_day_word(const char *text, Calendar *c) {
        static const char *const words[] = { "yesterday", "today", "tomorrow" };

        for (int i = 0; i < (int) G_N_ELEMENTS(words); i++)
                if (strcmp(text, words[i]) == 0) {
                        c->tm.tm_mday += i - 1;
                        c->tm.tm_hour = c->tm.tm_min = c->tm.tm_sec = 0;
                        return true;
                }
        return false;
}

/* "Nov 20 13:00:05", the year being the one that makes it the past. */
static bool take_month(const char **p, Calendar *c) {
        static const char *const months[] = { "January",   "February", "March",    "April",
                                              "May",       "June",     "July",     "August",
                                              "September", "October",  "November", "December" };
        int month = take_name(p, months, G_N_ELEMENTS(months));

        if (month < 0)
                return false;
        c->tm.tm_mon = month;
        c->without_year = true;
        return true;
}

/* A day, a time of day, or both. */
static bool take_calendar(const char *text, Calendar *c) {
        static const char *const weekdays[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday" };
        static const char *const formats[] = {
                "%y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%y-%m-%d %H:%M",    "%Y-%m-%d %H:%M",
                "%y-%m-%d",          "%Y-%m-%d",          "%y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S",
                "%y-%m-%dT%H:%M",    "%Y-%m-%dT%H:%M",    "%H:%M:%S",          "%H:%M",
        };
        static const char *const in_month[] = { "%d %H:%M:%S", "%d %H:%M" };
        const char *const *tried = formats;
        size_t n_tried = G_N_ELEMENTS(formats);

        if (take_month(&text, c)) {
                tried = in_month;
                n_tried = G_N_ELEMENTS(in_month);
        } else
                c->weekday = take_name(&text, weekdays, G_N_ELEMENTS(weekdays));
        for (size_t i = 0; i < n_tried; i++) {
                struct tm try = c->tm;
                const char *end;

                try.tm_hour = try.tm_min = try.tm_sec = 0;
                end = strptime(text, tried[i], &try);
                if (!end || (g_str_has_suffix(tried[i], "%S") ? !take_fraction(&end, &c->usec) : false) ||
                    *end)
                        continue;
                c->tm = try;
                return true;
        }
        return false;
}

/* A day that its month does not have is one of the next month, as for systemd: 31 February is 3 March. A
 * leap second belongs to the day that it ends. */
static bool is_the_weekday(const Calendar *c) {
        struct tm tm = c->tm;

        tm.tm_sec = 0;
        (void) timegm(&tm);
        return c->weekday < 0 || tm.tm_wday == c->weekday;
}

static int parse_calendar(const char *text, uint64_t now, const Zone *zone, uint64_t *ret) {
        Calendar c = { .weekday = -1 };
        time_t seconds;
        uint64_t usec;

        if (!zone_time(zone, (time_t) (now / USEC_PER_SEC), &c.tm))
                return -EINVAL;
        if (!take_day_word(text, &c) && (!take_calendar(text, &c) || !is_the_weekday(&c)))
                return -EINVAL;
        seconds = zone_seconds(zone, &c.tm);
        if (c.without_year && seconds > (time_t) (now / USEC_PER_SEC) + DAY) {
                c.tm.tm_year--;
                seconds = zone_seconds(zone, &c.tm);
        }
        if (seconds < 0)
                return -EINVAL;
        usec = (uint64_t) seconds * USEC_PER_SEC + c.usec;
        if (usec > USEC_MAX)
                return -EINVAL;
        *ret = usec;
        return 0;
}

int timestamp_parse(const char *text, uint64_t now, uint64_t *ret) {
        g_autofree char *calendar = NULL;
        size_t length;
        Zone zone;

        if (strcmp(text, "now") == 0) {
                *ret = now;
                return 0;
        }
        if (parse_relative(text, now, ret) >= 0)
                return 0;
        zone = zone_find(text, &length);
        calendar = g_strndup(text, length);
        return parse_calendar(calendar, now, &zone, ret);
}
