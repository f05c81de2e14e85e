/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/parse.h"
#include "ctl/spec/unit-values.h"
#include "ctl/spec/unit-words.h"
#include "ctl/spec/value.h"

#define USEC_PER_SEC UINT64_C(1000000)

GVariant *unit_string(const char *text) {
        return g_variant_new_string(text);
}

GVariant *unit_words_list(const char *text) {
        g_auto(GStrv) words = unit_words(text);

        return words ? g_variant_new_strv((const char *const *) words, -1) : NULL;
}

GVariant *unit_timespan(const char *text) {
        uint64_t usec;

        return parse_timespan(text, &usec) < 0 ? NULL : g_variant_new_uint64(usec);
}

GVariant *unit_size(const char *text) {
        uint64_t bytes;

        return parse_size(text, &bytes) < 0 ? NULL : g_variant_new_uint64(bytes);
}

GVariant *unit_u64(const char *text) {
        uint64_t n;

        if (strcmp(text, "infinity") == 0)
                return g_variant_new_uint64(UINT64_MAX);
        return parse_u64(text, &n) < 0 ? NULL : g_variant_new_uint64(n);
}

GVariant *unit_seconds(const char *text) {
        uint64_t usec;

        if (parse_timespan(text, &usec) < 0)
                return NULL;
        return g_variant_new_uint64(usec == UINT64_MAX ? usec
                                                       : usec / USEC_PER_SEC + (usec % USEC_PER_SEC > 0));
}

GVariant *unit_share(const char *text) {
        uint64_t hundredths;

        if (!parse_percent(text, 100, &hundredths))
                return NULL;
        return g_variant_new_uint32((uint32_t) ((hundredths * UINT32_MAX + 5000) / 10000));
}

GVariant *unit_u32(const char *text) {
        uint32_t n;

        return parse_u32(text, &n) < 0 ? NULL : g_variant_new_uint32(n);
}

static GVariant *number_between(const char *text, int32_t min, int32_t max) {
        int32_t n;

        return parse_i32(text, &n) < 0 || n < min || n > max ? NULL : g_variant_new_int32(n);
}

GVariant *unit_i32(const char *text) {
        return number_between(text, INT32_MIN, INT32_MAX);
}

GVariant *unit_io_priority(const char *text) {
        return number_between(text, 0, 7);
}

GVariant *unit_mode(const char *text) {
        uint32_t mode = 0;

        if (!text[0] || strlen(text) > 5 || text[strspn(text, "01234567")])
                return NULL;
        for (; *text; text++)
                mode = mode * 8 + (uint32_t) (*text - '0');
        return mode > 07777 ? NULL : g_variant_new_uint32(mode);
}

GVariant *unit_signal(const char *text) {
        int signo;

        return parse_signal(text, &signo) < 0 ? NULL : g_variant_new_int32(signo);
}

GVariant *unit_cpu_weight(const char *text) {
        return strcmp(text, "idle") == 0 ? g_variant_new_uint64(0) : value_weight(text);
}

/* The number of a word; negative: there is no such word. */
static GVariant *number_of(int number) {
        return number < 0 ? NULL : g_variant_new_int32(number);
}

GVariant *unit_level(const char *text) {
        return number_of(unit_log_level(text));
}

GVariant *unit_cpu_policy(const char *text) {
        return number_of(unit_cpu_scheduling(text));
}

GVariant *unit_io_class(const char *text) {
        return number_of(unit_io_scheduling(text));
}

GVariant *unit_errno_or_kill(const char *text) {
        return number_of(unit_errno(text));
}

GVariant *unit_filter(const char *text) {
        bool inverted = text[0] == '~';
        GVariant *words = unit_words_list(text + inverted);

        return words ? g_variant_new("(b@as)", !inverted, words) : NULL;
}

/* The bits of all words together, inverted within `all` behind a "~". */
static GVariant *bits_of(const char *text, uint64_t all, bool (*find)(const char *word, uint64_t *ret)) {
        bool inverted = text[0] == '~';
        g_auto(GStrv) words = unit_words(text + inverted);
        uint64_t bits = 0, bit;

        for (char **word = words; word && *word; word++) {
                if (!find(*word, &bit))
                        return NULL;
                bits |= bit;
        }
        return words ? g_variant_new_uint64(inverted ? all & ~bits : bits) : NULL;
}

GVariant *unit_capabilities(const char *text) {
        return bits_of(text, UINT64_MAX, unit_capability);
}

/* The namespaces that are still allowed. */
GVariant *unit_namespaces(const char *text) {
        bool restricted;

        if (parse_boolean(text, &restricted) >= 0)
                return g_variant_new_uint64(restricted ? 0 : unit_namespaces_all());
        return bits_of(text, unit_namespaces_all(), unit_namespace);
}

GVariant *unit_label(const char *text) {
        bool optional = text[0] == '-';

        return g_variant_new("(bs)", optional, text + optional);
}

#define CPUS_MAX 8192U

static bool add_cpus(const char *range, uint8_t *bits, size_t *n_bytes) {
        g_auto(GStrv) ends = g_strsplit(range, "-", 2);
        uint32_t first, last;

        if (parse_u32(ends[0], &first) < 0 || parse_u32(ends[1] ?: ends[0], &last) < 0 || first > last ||
            last >= CPUS_MAX)
                return false;
        for (uint32_t i = first; i <= last; i++)
                bits[i / 8] = (uint8_t) (bits[i / 8] | 1U << i % 8);
        *n_bytes = MAX(*n_bytes, last / 8 + 1);
        return true;
}

GVariant *unit_cpus(const char *text) {
        g_auto(GStrv) ranges = g_strsplit_set(text, ", \t", -1);
        uint8_t bits[CPUS_MAX / 8] = { 0 };
        size_t n_bytes = 0;

        for (char **range = ranges; *range; range++)
                if (**range && !add_cpus(*range, bits, &n_bytes))
                        return NULL;
        return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, bits, n_bytes, 1);
}
