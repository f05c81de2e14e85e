/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/spec/limits.h"
#include "base/dict.h"
#include "base/variant.h"
#include "ctl/report.h"
#include "ctl/spec/value.h"

/* A switch: given without a value it is on. */
static GVariant *value_switch(const char *text) {
        return text ? value_boolean(text) : g_variant_new_boolean(TRUE);
}

/* One of the words, or a boolean, which is written as yes or no. */
static GVariant *value_word(const char *text, const char *const *words) {
        g_autoptr(GVariant) yes = NULL;
        GVariant *flag = value_boolean(text);

        if (g_strv_contains(words, text))
                return g_variant_new_string(text);
        if (!flag)
                return NULL;
        yes = g_variant_ref_sink(flag);
        return g_variant_new_string(g_variant_get_boolean(yes) ? "yes" : "no");
}

static GVariant *value_protect_system(const char *text) {
        static const char *const words[] = { "full", "strict", NULL };

        return value_word(text, words);
}

static GVariant *value_protect_home(const char *text) {
        static const char *const words[] = { "read-only", "tmpfs", NULL };

        return value_word(text, words);
}

/* systemd's "50%" of the machine is not for everybody: jobd takes numbers alone */
#define A_SIZE   "a size; write it as 512M, 1.5G or infinity"
#define A_WEIGHT "a weight from 1 to 10000; 100 is what everybody has"

static const struct {
        const char *option;
        const char *name; /* of StartJob's option */
        GVariant *(*parse)(const char *text);
        const char *form; /* how it is written */
} limits[] = {
        { "memory-high", "MemoryHigh", value_size, A_SIZE },
        { "memory-max", "MemoryMax", value_size, A_SIZE },
        { "tasks-max", "TasksMax", value_count, "a number from 1 on, or infinity" },
        { "cpu-weight", "CPUWeight", value_weight, A_WEIGHT },
        { "cpu-quota", "CPUQuotaPerSecUSec", value_cpu_quota,
          "a share of one processor, of 1% at least; write it as 20% or 150%" },
        { "io-weight", "IOWeight", value_weight, A_WEIGHT },
        { "no-new-privileges", "NoNewPrivileges", value_switch, "yes or no" },
        { "private-network", "PrivateNetwork", value_switch, "yes or no" },
        { "private-tmp", "PrivateTmp", value_switch, "yes or no" },
        { "protect-system", "ProtectSystem", value_protect_system, "yes, full, strict or no" },
        { "protect-home", "ProtectHome", value_protect_home, "yes, read-only, tmpfs or no" },
};

G_STATIC_ASSERT(G_N_ELEMENTS(limits) == SPEC_LIMITS);

void spec_limits_append_options(GArray *options) {
        for (int i = 0; i < SPEC_LIMITS; i++) {
                struct option option = { limits[i].option,
                                         limits[i].parse == value_switch ? no_argument : required_argument,
                                         NULL, SPEC_OPTION_LIMIT + i };

                g_array_append_val(options, option);
        }
}

int spec_limits_take(const Ctl *c, GVariant **values, int option) {
        size_t i = (size_t) (option - SPEC_OPTION_LIMIT);
        GVariant *value = limits[i].parse(optarg);

        if (!value)
                return fail_usage(c, "--%s=: '%s' is not %s", limits[i].option, optarg, limits[i].form);
        g_clear_pointer(&values[i], g_variant_unref);
        values[i] = g_variant_ref_sink(value);
        return STATUS_OK;
}

static int append_limit(sd_bus_message *m, const char *name, GVariant *value) {
        int r = dict_open_entry(m, name, g_variant_get_type_string(value));

        if (r >= 0)
                r = variant_append(m, value);
        return r < 0 ? r : dict_close_entry(m);
}

int spec_limits_append(sd_bus_message *m, GVariant *const *values) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < SPEC_LIMITS; i++)
                if (values[i])
                        r = append_limit(m, limits[i].name, values[i]);
        return r;
}

void spec_limits_done(GVariant **values) {
        for (size_t i = 0; i < SPEC_LIMITS; i++)
                g_clear_pointer(&values[i], g_variant_unref);
}

bool spec_limits_are_given(GVariant *const *values) {
        for (size_t i = 0; i < SPEC_LIMITS; i++)
                if (values[i])
                        return true;
        return false;
}
