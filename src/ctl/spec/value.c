/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/parse.h"
#include "ctl/spec/value.h"

#define WEIGHT_MAX UINT64_C(10000)
#define UMASK_MAX  0777U

/* More processors than that no machine has; it keeps the products below from overflowing. */
#define QUOTA_MAX_PERCENT UINT64_C(10000000)

bool parse_percent(const char *text, uint64_t max_percent, uint64_t *ret_hundredths) {
        g_auto(GStrv) parts = NULL;
        size_t length = strlen(text), n_digits;
        uint64_t whole, fraction = 0;
        g_autofree char *number = NULL;

        if (length < 2 || text[length - 1] != '%')
                return false;
        number = g_strndup(text, length - 1);
        parts = g_strsplit(number, ".", 2);
        if (parse_u64(parts[0], &whole) < 0 || whole > max_percent)
                return false;
        if (parts[1]) {
                n_digits = strlen(parts[1]);
                if (n_digits < 1 || n_digits > 2 || parts[1][strspn(parts[1], "0123456789")])
                        return false;
                fraction = (uint64_t) (parts[1][0] - '0') * 10 +
                           (n_digits > 1 ? (uint64_t) (parts[1][1] - '0') : 0);
        }
        *ret_hundredths = whole * 100 + fraction;
        return *ret_hundredths <= max_percent * 100;
}

GVariant *value_boolean(const char *text) {
        bool yes;

        return parse_boolean(text, &yes) < 0 ? NULL : g_variant_new_boolean(yes);
}

GVariant *value_size(const char *text) {
        uint64_t bytes;

        return parse_size(text, &bytes) < 0 || bytes == 0 ? NULL : g_variant_new_uint64(bytes);
}

GVariant *value_count(const char *text) {
        uint64_t n;

        if (strcmp(text, "infinity") == 0)
                return g_variant_new_uint64(UINT64_MAX);
        return parse_u64(text, &n) < 0 || n == 0 ? NULL : g_variant_new_uint64(n);
}

GVariant *value_weight(const char *text) {
        uint64_t weight;

        if (parse_u64(text, &weight) < 0 || weight < 1 || weight > WEIGHT_MAX)
                return NULL;
        return g_variant_new_uint64(weight);
}

GVariant *value_cpu_quota(const char *text) {
        uint64_t hundredths;

        if (!parse_percent(text, QUOTA_MAX_PERCENT, &hundredths) || hundredths < 100)
                return NULL;
        /* 100 % of a processor are 1 000 000 µs in each second */
        return g_variant_new_uint64(hundredths * 100);
}

GVariant *value_time(const char *text) {
        uint64_t usec;

        return parse_timespan(text, &usec) < 0 || usec == 0 ? NULL : g_variant_new_uint64(usec);
}

GVariant *value_umask(const char *text) {
        uint32_t mask = 0;

        if (!text[0] || text[strspn(text, "01234567")])
                return NULL;
        for (const char *digit = text; *digit && mask <= UMASK_MAX; digit++)
                mask = mask * 8 + (uint32_t) (*digit - '0');
        return mask > UMASK_MAX ? NULL : g_variant_new_uint32(mask);
}

GVariant *value_nice(const char *text) {
        int32_t nice;

        return parse_i32(text, &nice) < 0 || nice < -20 || nice > 19 ? NULL : g_variant_new_int32(nice);
}

GVariant *value_status(const char *text) {
        int32_t status;

        return parse_i32(text, &status) < 0 || status < 0 || status > 255 ? NULL
                                                                          : g_variant_new_int32(status);
}

GVariant *value_signal(const char *text) {
        int signo;

        return parse_signal(text, &signo) < 0 ? NULL : g_variant_new_string(text);
}
