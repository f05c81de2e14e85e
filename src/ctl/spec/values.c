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

/* An option of StartJob; one that is a limit or a box, which everybody may put around his job; and something
 * else. */
#define VALUE(letter, word, argument, help, name, type, parse, form) \
        { { letter, word, argument, help }, name, type, parse, form, false }
#define LIMIT(word, argument, help, name, type, parse, form) \
        { { 0, word, argument, help }, name, type, parse, form, true }
#define ELSE(value, word, argument, help) \
        { { value, word, argument, help }, NULL, NULL, NULL, NULL, false }

/* systemd's "50%" of the machine is not for everybody: jobd takes numbers alone */
#define A_SIZE   "a size; write it as 512M, 1.5G or infinity"
#define A_WEIGHT "a weight from 1 to 10000; 100 is what everybody has"
#define A_TIME   "a time; write it as 10, 1.5s, 2min 30s or infinity"

static const struct {
        Option option;
        const char *name, *type; /* of StartJob's option; NULL: it has no value of its own */
        GVariant *(*parse)(const char *text);
        const char *form; /* how it is written */
        bool is_limit;
} rows[] = {
        ELSE('n', "name", "NAME", "name of the job"),
        ELSE('C', "working-directory", "DIR", "where it runs; default: here"),
        ELSE('E', "setenv", "NAME[=VALUE]", "set a variable, or pass one on"),
        ELSE(SPEC_OPTION_CLEAN_ENV, "clean-env", NULL, "a login's environment instead of this one"),
        VALUE(0, "umask", "MASK", "octal; default: the present one", "Umask", "u", value_umask,
              "an octal number from 0 to 0777"),
        ELSE(SPEC_OPTION_INPUT, "input", "FILE|-", "standard input: a file, or this one; default: none"),
        VALUE('t', "timeout", "TIME", "fail if it runs longer", "RuntimeMaxUSec", "t", value_time, A_TIME),
        VALUE(0, "stop-timeout", "TIME", "from TERM to KILL when it is stopped", "StopTimeoutUSec", "t",
              value_time, A_TIME),
        VALUE(0, "success-exit-status", "N,…", "statuses that are a success beside 0", "SuccessExitStatus",
              "ai", value_status, "a status from 0 to 255"),
        VALUE(0, "nice", "N", "scheduling priority, -20 to 19", "Nice", "i", value_nice,
              "a number from -20 to 19"),
        VALUE(0, "output-limit", "SIZE", "how much output is kept", "OutputLimit", "t", value_size, A_SIZE),
        VALUE(0, "output-full", "drop|block", "at the limit: drop the oldest, or let the job wait",
              "OutputFull", "s", value_output_full, "drop or block"),
        VALUE(0, "kill-signal", "SIGNAL", "what it is stopped with; default: TERM, of run INT", "KillSignal",
              "s", value_signal, "a signal: INT, SIGINT or 2"),
        VALUE(0, "merge-output", NULL, "standard error goes where standard output goes", "MergeOutput", "b",
              value_switch, "yes or no"),
        LIMIT("memory-max", "SIZE", "memory, beyond which it is killed", "MemoryMax", "t", value_size,
              A_SIZE),
        LIMIT("memory-high", "SIZE", "memory, beyond which it is slowed down", "MemoryHigh", "t", value_size,
              A_SIZE),
        LIMIT("tasks-max", "N", "processes and threads", "TasksMax", "t", value_count,
              "a number from 1 on, or infinity"),
        LIMIT("cpu-weight", "N", "share of busy processors, 1 to 10000; others have 100", "CPUWeight", "t",
              value_weight, A_WEIGHT),
        LIMIT("cpu-quota", "PERCENT", "processor time; 100% is one processor", "CPUQuotaPerSecUSec", "t",
              value_cpu_quota, "a share of one processor, of 1% at least; write it as 20% or 150%"),
        LIMIT("io-weight", "N", "share of busy disks, 1 to 10000; others have 100", "IOWeight", "t",
              value_weight, A_WEIGHT),
        LIMIT("private-network", NULL, "no network", "PrivateNetwork", "b", value_switch, "yes or no"),
        LIMIT("private-tmp", NULL, "a /tmp and /var/tmp of its own", "PrivateTmp", "b", value_switch,
              "yes or no"),
        LIMIT("protect-system", "yes|full|strict", "parts of the system are read-only", "ProtectSystem", "s",
              value_protect_system, "yes, full, strict or no"),
        LIMIT("protect-home", "yes|read-only|tmpfs", "home directories are hidden, read-only", "ProtectHome",
              "s", value_protect_home, "yes, read-only, tmpfs or no"),
        LIMIT("no-new-privileges", NULL, "no set-uid programs", "NoNewPrivileges", "b", value_switch,
              "yes or no"),
        ELSE(SPEC_OPTION_UID, "uid", "USER", "run as another user or group"),
        ELSE(SPEC_OPTION_GID, "gid", "GROUP", NULL),
        ELSE('p', "property", "NAME=VALUE", "a unit property, as in systemd-run; -p help lists them"),
};

G_STATIC_ASSERT(G_N_ELEMENTS(rows) == SPEC_ROWS);

/* A value that has no letter is known by its place in the table. */
static int option_of(size_t i) {
        return rows[i].option.value ?: SPEC_OPTION_VALUE + (int) i;
}

void spec_values_append_rows(GArray *options) {
        for (size_t i = 0; i < SPEC_ROWS; i++) {
                Option option = rows[i].option;

                option.value = option_of(i);
                g_array_append_val(options, option);
        }
}

static int refuse(const Ctl *c, size_t i, const char *text) {
        return fail_usage(c, "--%s=: '%s' is not %s", rows[i].option.name, text, rows[i].form);
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
        GVariant *value;
        size_t i = 0;

        while (i < SPEC_ROWS && option_of(i) != option)
                i++;
        if (i == SPEC_ROWS || !rows[i].name)
                return STATUS_USAGE;
        if (rows[i].type[0] == 'a')
                return take_list(c, &values[i], i);
        value = rows[i].parse(optarg);
        if (!value)
                return refuse(c, i, optarg);
        g_clear_pointer(&values[i], g_variant_unref);
        values[i] = g_variant_ref_sink(value);
        return STATUS_OK;
}

static size_t row_of(const char *name) {
        for (size_t i = 0; i < SPEC_ROWS; i++)
                if (rows[i].name && strcmp(rows[i].name, name) == 0)
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

        for (size_t i = 0; r >= 0 && i < SPEC_ROWS; i++)
                if (values[i])
                        r = append_value(m, rows[i].name, values[i]);
        return r;
}

void spec_values_done(GVariant **values) {
        for (size_t i = 0; i < SPEC_ROWS; i++)
                g_clear_pointer(&values[i], g_variant_unref);
}

bool spec_values_have_limit(GVariant *const *values) {
        for (size_t i = 0; i < SPEC_ROWS; i++)
                if (values[i] && rows[i].is_limit)
                        return true;
        return false;
}
