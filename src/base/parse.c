/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "wire/names.h"

int parse_u64(const char *text, uint64_t *ret) {
        uint64_t n = 0;

        if (!g_ascii_isdigit(text[0]) || (text[0] == '0' && text[1] != '\0'))
                return -EINVAL;
        for (const char *p = text; *p; p++) {
                if (!g_ascii_isdigit(*p))
                        return -EINVAL;
                if (__builtin_mul_overflow(n, 10, &n) ||
                    __builtin_add_overflow(n, (uint64_t) (*p - '0'), &n))
                        return -ERANGE;
        }
        *ret = n;
        return 0;
}

int parse_u32(const char *text, uint32_t *ret) {
        uint64_t n;
        int r = parse_u64(text, &n);

        if (r < 0)
                return r;
        if (n > UINT32_MAX)
                return -ERANGE;
        *ret = (uint32_t) n;
        return 0;
}

int parse_i32(const char *text, int32_t *ret) {
        bool negative = text[0] == '-';
        uint64_t n;
        int r = parse_u64(text + negative, &n);

        if (r < 0)
                return r;
        if (n > (uint64_t) INT32_MAX + negative)
                return -ERANGE;
        *ret = (int32_t) (negative ? -(int64_t) n : (int64_t) n);
        return 0;
}

int parse_uuid(const char *text, char *ret) {
        g_autofree char *lower = NULL;

        if (!g_uuid_string_is_valid(text))
                return -EINVAL;
        lower = g_ascii_strdown(text, -1);
        memcpy(ret, lower, JOBD_UUID_SIZE);
        return 0;
}

typedef struct Suffix {
        const char *word;
        uint64_t factor;
} Suffix;

#define BLANKS " \t\n\r"

/* What the digits behind the point stand for, in whole units: from the last on, each a tenth of the one
 * before. */
static uint64_t fraction_of(const char *digits, uint64_t factor) {
        uint64_t sum = 0;

        for (size_t n = strspn(digits, "0123456789"); n > 0; n--)
                sum = (sum + (uint64_t) (digits[n - 1] - '0') * factor) / 10;
        return sum;
}

/* One "1.5min" of a longer text: digits, perhaps a fraction, perhaps a suffix. Moves *p behind it. */
static int parse_amount(const char **p, const Suffix *suffixes, size_t n_suffixes, uint64_t *ret) {
        const char *s = *p + strspn(*p, BLANKS), *fraction = "", *word;
        uint64_t whole = 0, factor = 0, value;
        size_t length;

        if (!g_ascii_isdigit(*s) && *s != '.')
                return -EINVAL;
        for (; g_ascii_isdigit(*s); s++)
                if (__builtin_mul_overflow(whole, 10, &whole) ||
                    __builtin_add_overflow(whole, (uint64_t) (*s - '0'), &whole))
                        return -ERANGE;
        if (*s == '.') {
                fraction = ++s;
                while (g_ascii_isdigit(*s))
                        s++;
                if (s == fraction)
                        return -EINVAL;
        }

        s += strspn(s, BLANKS);
        word = s;
        while (g_ascii_isalpha(*s) || (unsigned char) *s >= 0x80)
                s++;
        length = (size_t) (s - word);
        for (size_t i = 0; i < n_suffixes; i++)
                if (strlen(suffixes[i].word) == length && memcmp(suffixes[i].word, word, length) == 0)
                        factor = suffixes[i].factor;
        /* 1.5.5 are not two */
        if (factor == 0 || (length == 0 && *s == '.' && g_ascii_isdigit(s[-1])))
                return -EINVAL;

        if (__builtin_mul_overflow(whole, factor, &value) ||
            __builtin_add_overflow(value, fraction_of(fraction, factor), &value))
                return -ERANGE;
        *p = s + strspn(s, BLANKS);
        *ret = value;
        return 0;
}

static bool is_infinity(const char *text) {
        const char *word = text + strspn(text, BLANKS);
        size_t length = strcspn(word, BLANKS);

        return length == strlen("infinity") && memcmp(word, "infinity", length) == 0 &&
               word[length + strspn(word + length, BLANKS)] == '\0';
}

#define USEC_PER_SEC UINT64_C(1000000)

int parse_timespan(const char *text, uint64_t *ret_usec) {
        static const Suffix units[] = {
                { "", USEC_PER_SEC },
                { "s", USEC_PER_SEC },
                { "sec", USEC_PER_SEC },
                { "second", USEC_PER_SEC },
                { "seconds", USEC_PER_SEC },
                { "us", 1 },
                { "usec", 1 },
                { "\u00b5s", 1 }, /* the sign for micro, and the Greek letter */
                { "\u03bcs", 1 },
                { "ms", 1000 },
                { "msec", 1000 },
                { "m", 60 * USEC_PER_SEC },
                { "min", 60 * USEC_PER_SEC },
                { "minute", 60 * USEC_PER_SEC },
                { "minutes", 60 * USEC_PER_SEC },
                { "h", 3600 * USEC_PER_SEC },
                { "hr", 3600 * USEC_PER_SEC },
                { "hour", 3600 * USEC_PER_SEC },
                { "hours", 3600 * USEC_PER_SEC },
                { "d", 86400 * USEC_PER_SEC },
                { "day", 86400 * USEC_PER_SEC },
                { "days", 86400 * USEC_PER_SEC },
                { "w", 7 * 86400 * USEC_PER_SEC },
                { "week", 7 * 86400 * USEC_PER_SEC },
                { "weeks", 7 * 86400 * USEC_PER_SEC },
                { "M", UINT64_C(2629800) * USEC_PER_SEC },
                { "month", UINT64_C(2629800) * USEC_PER_SEC },
                { "months", UINT64_C(2629800) * USEC_PER_SEC },
                { "y", UINT64_C(31557600) * USEC_PER_SEC },
                { "year", UINT64_C(31557600) * USEC_PER_SEC },
                { "years", UINT64_C(31557600) * USEC_PER_SEC },
        };
        uint64_t sum = 0, part;
        const char *p = text;
        int r;

        if (is_infinity(text)) {
                *ret_usec = UINT64_MAX;
                return 0;
        }
        do {
                r = parse_amount(&p, units, G_N_ELEMENTS(units), &part);
                if (r < 0)
                        return r;
                if (__builtin_add_overflow(sum, part, &sum) || sum == UINT64_MAX)
                        return -ERANGE;
        } while (*p);
        *ret_usec = sum;
        return 0;
}

int parse_size(const char *text, uint64_t *ret_bytes) {
        static const Suffix units[] = {
                { "", 1 },
                { "B", 1 },
                { "K", UINT64_C(1) << 10 },
                { "M", UINT64_C(1) << 20 },
                { "G", UINT64_C(1) << 30 },
                { "T", UINT64_C(1) << 40 },
                { "P", UINT64_C(1) << 50 },
        };
        const char *p = text;
        uint64_t bytes;
        int r;

        if (is_infinity(text)) {
                *ret_bytes = UINT64_MAX;
                return 0;
        }
        r = parse_amount(&p, units, G_N_ELEMENTS(units), &bytes);
        if (r < 0)
                return r;
        if (*p)
                return -EINVAL;
        if (bytes == UINT64_MAX)
                return -ERANGE;
        *ret_bytes = bytes;
        return 0;
}

/* sigabbrev_np() is the other direction of what the C library knows of names. */
static int signal_from_name(const char *name, int *ret) {
        for (int i = 1; i < SIGRTMIN; i++) {
                const char *abbreviation = sigabbrev_np(i);

                if (abbreviation && strcmp(abbreviation, name) == 0) {
                        *ret = i;
                        return 0;
                }
        }
        return -EINVAL;
}

int parse_signal(const char *text, int *ret) {
        uint32_t n;
        int r;

        if (g_str_has_prefix(text, "SIG"))
                text += 3;
        if (g_str_has_prefix(text, "RTMIN+")) {
                r = parse_u32(text + strlen("RTMIN+"), &n);
                if (r < 0)
                        return r;
                if (n > (uint32_t) (SIGRTMAX - SIGRTMIN))
                        return -ERANGE;
                *ret = SIGRTMIN + (int) n;
                return 0;
        }
        if (!g_ascii_isdigit(text[0]))
                return signal_from_name(text, ret);
        r = parse_u32(text, &n);
        if (r < 0)
                return r;
        if (n < 1 || n > (uint32_t) SIGRTMAX)
                return -ERANGE;
        *ret = (int) n;
        return 0;
}

int parse_boolean(const char *text, bool *ret) {
        static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" }, *const no[] = {
                "0", "no", "n", "false", "f", "off"
        };

        for (size_t i = 0; i < G_N_ELEMENTS(yes); i++) {
                if (g_ascii_strcasecmp(text, yes[i]) == 0) {
                        *ret = true;
                        return 0;
                }
                if (g_ascii_strcasecmp(text, no[i]) == 0) {
                        *ret = false;
                        return 0;
                }
        }
        return -EINVAL;
}

bool job_name_is_valid(const char *name) {
        if (!name[0] || strlen(name) > JOBD_NAME_MAX || !g_utf8_validate(name, -1, NULL))
                return false;
        for (const char *p = name; *p; p = g_utf8_next_char(p))
                if (g_unichar_iscntrl(g_utf8_get_char(p)))
                        return false;
        return true;
}
