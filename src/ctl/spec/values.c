/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/dict.h"
#include "base/variant.h"
#include "ctl/spec/value.h"
#include "ctl/spec/values.h"
#include "ctl/usage.h"

/* A switch: given without a value it is on. */
static GVariant *value_switch(const char *text) {
        return text ? value_boolean(text) : g_variant_new_boolean(TRUE);
}

static GVariant *value_output_full(const char *text) {
        static const char *const words[] = { "drop", "block", NULL };

        return g_strv_contains(words, text) ? g_variant_new_string(text) : NULL;
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
#define A_TIME   "a time; write it as 10, 1.5s, 2min 30s or infinity"

static const struct {
        const char *option;
        const char *name, *type; /* of StartJob's option */
        GVariant *(*parse)(const char *text);
        const char *form; /* how it is written */
        bool is_limit;
} rows[] = {
        { "umask", "Umask", "u", value_umask, "an octal number from 0 to 0777", false },
        { "timeout", "RuntimeMaxUSec", "t", value_time, A_TIME, false },
        { "stop-timeout", "StopTimeoutUSec", "t", value_time, A_TIME, false },
        { "success-exit-status", "SuccessExitStatus", "ai", value_status, "a status from 0 to 255", false },
        { "nice", "Nice", "i", value_nice, "a number from -20 to 19", false },
        { "output-limit", "OutputLimit", "t", value_size, A_SIZE, false },
        { "output-full", "OutputFull", "s", value_output_full, "drop or block", false },
        { "kill-signal", "KillSignal", "s", value_signal, "a signal: INT, SIGINT or 2", false },
        { "merge-output", "MergeOutput", "b", value_switch, "yes or no", false },
        { "memory-high", "MemoryHigh", "t", value_size, A_SIZE, true },
        { "memory-max", "MemoryMax", "t", value_size, A_SIZE, true },
        { "tasks-max", "TasksMax", "t", value_count, "a number from 1 on, or infinity", true },
        { "cpu-weight", "CPUWeight", "t", value_weight, A_WEIGHT, true },
        { "cpu-quota", "CPUQuotaPerSecUSec", "t", value_cpu_quota,
          "a share of one processor, of 1% at least; write it as 20% or 150%", true },
        { "io-weight", "IOWeight", "t", value_weight, A_WEIGHT, true },
        { "no-new-privileges", "NoNewPrivileges", "b", value_switch, "yes or no", true },
        { "private-network", "PrivateNetwork", "b", value_switch, "yes or no", true },
        { "private-tmp", "PrivateTmp", "b", value_switch, "yes or no", true },
        { "protect-system", "ProtectSystem", "s", value_protect_system, "yes, full, strict or no", true },
        { "protect-home", "ProtectHome", "s", value_protect_home, "yes, read-only, tmpfs or no", true },
};

G_STATIC_ASSERT(G_N_ELEMENTS(rows) == SPEC_VALUES);

void spec_values_append_options(GArray *options) {
        for (int i = 0; i < SPEC_VALUES; i++) {
                struct option option = { rows[i].option,
                                         rows[i].parse == value_switch ? no_argument : required_argument,
                                         NULL, SPEC_OPTION_VALUE + i };

                g_array_append_val(options, option);
        }
}

static int refuse(const Ctl *c, size_t i, const char *text) {
        return fail_usage(c, "--%s=: '%s' is not %s", rows[i].option, text, rows[i].form);
}

/* Each word of a list, behind what was given before. */
static int take_list(const Ctl *c, GVariant **value, size_t i) {
        g_auto(GStrv) words = g_strsplit(optarg, ",", -1);
        g_autoptr(GVariant) before = g_steal_pointer(value);
        GVariantBuilder builder;

        g_variant_builder_init(&builder, G_VARIANT_TYPE(rows[i].type));
        for (gsize k = 0; before && k < g_variant_n_children(before); k++) {
                g_autoptr(GVariant) element = g_variant_get_child_value(before, k);

                g_variant_builder_add_value(&builder, element);
        }
        for (char **word = words; *word; word++) {
                GVariant *element = rows[i].parse(*word);

                if (!element) {
                        g_variant_builder_clear(&builder);
                        return refuse(c, i, *word);
                }
                g_variant_builder_add_value(&builder, element);
        }
        *value = g_variant_ref_sink(g_variant_builder_end(&builder));
        return STATUS_OK;
}

int spec_values_take(const Ctl *c, GVariant **values, int option) {
        size_t i = (size_t) (option - SPEC_OPTION_VALUE);
        GVariant *value;

        if (rows[i].type[0] == 'a')
                return take_list(c, &values[i], i);
        value = rows[i].parse(optarg);
        if (!value)
                return refuse(c, i, optarg);
        g_clear_pointer(&values[i], g_variant_unref);
        values[i] = g_variant_ref_sink(value);
        return STATUS_OK;
}

int spec_values_option(const char *word) {
        for (int i = 0; i < SPEC_VALUES; i++)
                if (strcmp(rows[i].option, word) == 0)
                        return SPEC_OPTION_VALUE + i;
        g_assert_not_reached();
}

static size_t row_of(const char *name) {
        for (size_t i = 0; i < SPEC_VALUES; i++)
                if (strcmp(rows[i].name, name) == 0)
                        return i;
        g_assert_not_reached();
}

GVariant *spec_values_get(GVariant *const *values, const char *name) {
        return values[row_of(name)];
}

void spec_values_set(GVariant **values, const char *name, GVariant *value) {
        GVariant **place = &values[row_of(name)];

        g_clear_pointer(place, g_variant_unref);
        *place = g_variant_ref_sink(value);
}

static int append_value(sd_bus_message *m, const char *name, GVariant *value) {
        int r = dict_open_entry(m, name, g_variant_get_type_string(value));

        if (r >= 0)
                r = variant_append(m, value);
        return r < 0 ? r : dict_close_entry(m);
}

int spec_values_append(sd_bus_message *m, GVariant *const *values) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < SPEC_VALUES; i++)
                if (values[i])
                        r = append_value(m, rows[i].name, values[i]);
        return r;
}

void spec_values_done(GVariant **values) {
        for (size_t i = 0; i < SPEC_VALUES; i++)
                g_clear_pointer(&values[i], g_variant_unref);
}

bool spec_values_have_limit(GVariant *const *values) {
        for (size_t i = 0; i < SPEC_VALUES; i++)
                if (values[i] && rows[i].is_limit)
                        return true;
        return false;
}
