/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <arpa/inet.h>
#include <string.h>
#include <sys/mount.h>

#include "base/parse.h"
#include "ctl/spec/unit-values.h"
#include "ctl/spec/unit-words.h"
#include "ctl/spec/value.h"

static GVariant *list_of_none(const char *type) {
        return g_variant_new_array(G_VARIANT_TYPE(type), NULL, 0);
}

static GVariant *list_of_one(GVariant *member) {
        return g_variant_new_array(NULL, &member, 1);
}

/* "first second": the second may be missing. */
static void split_two(const char *text, char **ret_first, char **ret_second) {
        size_t length = strcspn(text, " \t");

        *ret_first = g_strndup(text, length);
        *ret_second = g_strdup(text + length + strspn(text + length, " \t"));
}

GVariant *unit_device(const char *text) {
        g_autofree char *path = NULL, *access = NULL;

        split_two(text, &path, &access);
        if (!text[0])
                return list_of_none("(ss)");
        return list_of_one(g_variant_new("(ss)", path, access));
}

/* "/dev/sda 10M" */
static GVariant *path_and_number(const char *text, GVariant *(*parse)(const char *text)) {
        g_autofree char *path = NULL, *number = NULL;
        GVariant *value;

        if (!text[0])
                return list_of_none("(st)");
        split_two(text, &path, &number);
        value = path[0] == '/' ? parse(number) : NULL;
        return value ? list_of_one(g_variant_new("(s@t)", path, value)) : NULL;
}

static GVariant *parse_rate(const char *text) {
        static const char suffixes[] = "KMGT";
        size_t length = strspn(text, "0123456789");
        g_autofree char *digits = g_strndup(text, length);
        const char *suffix = text[length] ? strchr(suffixes, text[length]) : NULL;
        uint64_t rate;

        if (strcmp(text, "infinity") == 0)
                return g_variant_new_uint64(UINT64_MAX);
        if (parse_u64(digits, &rate) < 0 || (text[length] && (!suffix || text[length + 1])))
                return NULL;
        for (const char *p = suffixes; suffix && p <= suffix; p++)
                if (__builtin_mul_overflow(rate, 1000, &rate))
                        return NULL;
        return g_variant_new_uint64(rate);
}

GVariant *unit_path_and_rate(const char *text) {
        return path_and_number(text, parse_rate);
}

GVariant *unit_path_and_weight(const char *text) {
        return path_and_number(text, value_weight);
}

GVariant *unit_environment_file(const char *text) {
        bool optional = text[0] == '-';

        if (!text[0])
                return list_of_none("(sb)");
        if (text[optional] != '/')
                return NULL;
        return list_of_one(g_variant_new("(sb)", text + optional, optional));
}

/* Without a path it comes from where systemd's own are. */
GVariant *unit_credential(const char *text) {
        g_auto(GStrv) parts = g_strsplit(text, ":", 2);

        if (!text[0])
                return list_of_none("(ss)");
        if (!parts[0][0])
                return NULL;
        return list_of_one(g_variant_new("(ss)", parts[0], parts[1] && parts[1][0] ? parts[1] : parts[0]));
}

static bool add_bind(GVariantBuilder *builder, const char *word) {
        bool optional = word[0] == '-';
        g_auto(GStrv) parts = g_strsplit(word + optional, ":", -1);
        guint n = g_strv_length(parts);
        const char *target = n > 1 ? parts[1] : parts[0], *how = n > 2 ? parts[2] : "rbind";
        bool recursive = strcmp(how, "rbind") == 0;

        if (n < 1 || n > 3 || parts[0][0] != '/' || target[0] != '/' ||
            (!recursive && strcmp(how, "norbind") != 0))
                return false;
        g_variant_builder_add(builder, "(ssbt)", parts[0], target, optional,
                              recursive ? (uint64_t) MS_REC : UINT64_C(0));
        return true;
}

static bool add_tmpfs(GVariantBuilder *builder, const char *word) {
        g_auto(GStrv) parts = g_strsplit(word, ":", 2);

        if (word[0] != '/')
                return false;
        g_variant_builder_add(builder, "(ss)", parts[0], parts[1] ?: "");
        return true;
}

static bool add_prefix(GVariantBuilder *builder, const char *word) {
        g_auto(GStrv) parts = g_strsplit(word, "/", 2);
        int family = strchr(word, ':') ? AF_INET6 : AF_INET;
        uint32_t bits = family == AF_INET ? 32 : 128, prefix = bits;
        struct in6_addr address; /* has room for both */

        if (inet_pton(family, parts[0], &address) != 1 ||
            (parts[1] && (parse_u32(parts[1], &prefix) < 0 || prefix > bits)))
                return false;
        g_variant_builder_add(builder, "(i@ayu)", family,
                              g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, &address, bits / 8, 1), prefix);
        return true;
}

static bool add_addresses(GVariantBuilder *builder, const char *word) {
        static const struct {
                const char *word, *v4, *v6;
        } names[] = {
                { "any", "0.0.0.0/0", "::/0" },
                { "localhost", "127.0.0.0/8", "::1/128" },
                { "link-local", "169.254.0.0/16", "fe80::/64" },
                { "multicast", "224.0.0.0/4", "ff00::/8" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (strcmp(names[i].word, word) == 0)
                        return add_prefix(builder, names[i].v4) && add_prefix(builder, names[i].v6);
        return add_prefix(builder, word);
}

/* A list of `type` with what each word adds. */
static GVariant *list_of(const char *text, const char *type,
                         bool (*add)(GVariantBuilder *builder, const char *word)) {
        g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE(type));
        g_auto(GStrv) words = unit_words(text);

        if (!words)
                return NULL;
        for (char **word = words; *word; word++)
                if (!add(&builder, *word))
                        return NULL;
        return g_variant_builder_end(&builder);
}

GVariant *unit_binds(const char *text) {
        return list_of(text, "a(ssbt)", add_bind);
}

GVariant *unit_tmpfs(const char *text) {
        return list_of(text, "a(ss)", add_tmpfs);
}

GVariant *unit_addresses(const char *text) {
        return list_of(text, "a(iayu)", add_addresses);
}
