/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <time.h>

#include "base/parse.h"
#include "ctl/timestamp.h"

#define USEC_PER_SEC UINT64_C(1000000)

uint64_t timestamp_now(void) {
        return (uint64_t) g_get_real_time();
}

static int span_before(uint64_t span, uint64_t now, uint64_t *ret) {
        *ret = now > span ? now - span : 0;
        return 0;
}

static int span_after(uint64_t span, uint64_t now, uint64_t *ret) {
        if (span > UINT64_MAX - now)
                return -EINVAL;
        *ret = now + span;
        return 0;
}

static int parse_relative(const char *text, uint64_t now, uint64_t *ret) {
        uint64_t span;

        if (text[0] == '-' && parse_timespan(text + 1, &span) >= 0)
                return span_before(span, now, ret);
        if (text[0] == '+' && parse_timespan(text + 1, &span) >= 0)
                return span_after(span, now, ret);
        if (g_str_has_suffix(text, " ago")) {
                g_autofree char *amount = g_strndup(text, strlen(text) - strlen(" ago"));

                if (parse_timespan(amount, &span) >= 0)
                        return span_before(span, now, ret);
        }
        return -EINVAL;
}

/* A word for a day: fills the day in, at its beginning. */
static bool take_day_word(const char *text, struct tm *tm) {
        static const struct {
                const char *word;
                int days;
        } words[] = { { "today", 0 }, { "yesterday", -1 }, { "tomorrow", 1 } };

        for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
                if (strcmp(text, words[i].word) == 0) {
                        tm->tm_mday += words[i].days;
                        tm->tm_hour = tm->tm_min = tm->tm_sec = 0;
                        return true;
                }
        return false;
}

/* A day, a time of day, or both. */
static bool take_calendar(const char *text, struct tm *tm) {
        static const char *const formats[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S",
                                               "%H:%M" };

        for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
                struct tm try = *tm;
                const char *end;

                try.tm_hour = try.tm_min = try.tm_sec = 0;
                end = strptime(text, formats[i], &try);
                if (end && *end == '\0') {
                        *tm = try;
                        return true;
                }
        }
        return false;
}

/* Since 1970, perhaps with a fraction. */
static int parse_seconds(const char *text, uint64_t *ret) {
        return parse_timespan(text, ret) < 0 ? -EINVAL : 0;
}

int timestamp_parse(const char *text, uint64_t now, uint64_t *ret) {
        time_t seconds = (time_t) (now / USEC_PER_SEC), result;
        g_autofree char *local = NULL;
        bool utc = g_str_has_suffix(text, " UTC"), word;
        struct tm tm, given;

        if (strcmp(text, "now") == 0) {
                *ret = now;
                return 0;
        }
        if (text[0] == '@' && text[1 + strspn(text + 1, "0123456789.")] == '\0')
                return parse_seconds(text + 1, ret);
        if (parse_relative(text, now, ret) >= 0)
                return 0;

        local = g_strndup(text, strlen(text) - (utc ? strlen(" UTC") : 0));
        if (!(utc ? gmtime_r(&seconds, &tm) : localtime_r(&seconds, &tm)))
                return -EINVAL;
        word = take_day_word(local, &tm);
        if (!word && !take_calendar(local, &tm))
                return -EINVAL;
        given = tm;
        tm.tm_isdst = -1;
        result = utc ? timegm(&tm) : mktime(&tm);
        /* 31 February would become 3 March */
        if (result < 0 || (tm.tm_mday != given.tm_mday && !word))
                return -EINVAL;
        *ret = (uint64_t) result * USEC_PER_SEC;
        return 0;
}

char *timestamp_format(uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        char buffer[64];
        struct tm tm;

        if (!localtime_r(&seconds, &tm) ||
            strftime(buffer, sizeof(buffer), "%a %Y-%m-%d %H:%M:%S %Z", &tm) == 0)
                return g_strdup("?");
        return g_strdup(buffer);
}

static char *format_span(uint64_t usec, unsigned n_units) {
        static const struct {
                const char *name;
                uint64_t usec;
        } units[] = {
                { "d", 86400 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC },
                { "min", 60 * USEC_PER_SEC },
                { "s", USEC_PER_SEC },
                { "ms", 1000 },
                { "us", 1 },
        };
        GString *out = g_string_new(NULL);
        unsigned shown = 0;

        if (usec == UINT64_MAX)
                g_string_append(out, "infinity");
        for (size_t i = 0; i < G_N_ELEMENTS(units) && usec != UINT64_MAX && shown < n_units; i++) {
                uint64_t n = usec / units[i].usec;

                if (n == 0 && shown == 0)
                        continue;
                if (n > 0)
                        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT "%s", shown > 0 ? " " : "", n,
                                               units[i].name);
                usec %= units[i].usec;
                shown++;
        }
        if (out->len == 0)
                g_string_append_c(out, '0');
        return g_string_free(out, FALSE);
}

char *timespan_format(uint64_t usec) {
        return format_span(usec, UINT_MAX);
}

char *timespan_format_short(uint64_t usec) {
        return format_span(usec >= 1000 && usec != UINT64_MAX ? usec - usec % 1000 : usec, 2);
}

char *timestamp_format_ago(uint64_t usec, uint64_t now) {
        uint64_t distance = usec > now ? usec - now : now - usec;
        /* nobody reads milliseconds in "1h 5min ago" */
        g_autofree char *span = timespan_format_short(
                        distance >= USEC_PER_SEC ? distance - distance % USEC_PER_SEC : distance);

        return g_strdup_printf("%s%s", span, usec > now ? " ahead" : " ago");
}

char *bytes_format(uint64_t bytes) {
        static const char suffixes[] = "BKMGTPE";
        double value = (double) bytes;
        size_t i = 0;

        while (value >= 1024) {
                value /= 1024;
                i++;
        }
        return i == 0 ? g_strdup_printf("%" G_GUINT64_FORMAT "B", bytes)
                      : g_strdup_printf("%.1f%c", value, suffixes[i]);
}
