/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error.h"
#include "base/quote.h"
#include "model/options.h"
#include "model/raw-properties.h"

/*
 * What is jobd's own. An asterisk at the end stands for anything: systemd has several spellings of some
 * (ExecStartEx), and newer ones have more.
 */
static const struct {
        const char *name;
        const char *option; /* that is there for it; NULL: none */
        const char *why;    /* jobd needs it as it is; NULL with an option */
} owned[] = {
        /* the command */
        { "ExecSearchPath", "Environment", NULL },
        { "ExecSt*", NULL, "jobd-exec is what the unit runs" },
        { "ExecCondition*", NULL, "jobd-exec is what the unit runs" },
        { "ExecReload*", NULL, "jobd-exec is what the unit runs" },
        { "Type", NULL, "it says when the job runs" },
        { "Description", NULL, "it says that the unit is the job's" },
        { "WorkingDirectory", "WorkingDirectory", NULL },
        { "UMask", "Umask", NULL },
        { "Environment", "Environment", NULL },
        { "EnvironmentFile*", "Environment", NULL },
        { "PassEnvironment", "Environment", NULL },
        { "UnsetEnvironment", "Environment", NULL },
        { "SetLoginEnvironment", "Environment", NULL },
        { "Root*", NULL, "jobd-exec and the journal would not be there" },
        /* as whom it runs, and for whom it counts */
        { "User", "User", NULL },
        { "Group", "Group", NULL },
        { "DynamicUser", NULL, "the job's user is told by jobd" },
        { "PAMName", NULL, "the job's user and environment are told by jobd" },
        { "Slice", NULL, "it has the user's limits" },
        /* its output */
        { "Standard*", NULL, "the unit's descriptors are jobd-exec's" },
        { "TTY*", NULL, "the unit's descriptors are jobd-exec's" },
        { "OpenFile", NULL, "the unit's descriptors are jobd-exec's" },
        { "FileDescriptorStore*", NULL, "the unit's descriptors are jobd-exec's" },
        { "LogExtraFields", NULL, "output goes through the journal" },
        { "LogFilterPatterns", NULL, "output goes through the journal" },
        { "LogLevelMax", NULL, "output goes through the journal" },
        { "LogNamespace", NULL, "output goes through the journal" },
        { "LogRateLimit*", NULL, "output goes through the journal" },
        { "PrivatePIDs", NULL, "jobd-exec watches the journal's process" },
        { "ProtectControlGroupsEx", NULL, "jobd-exec watches the journal's process" },
        { "IgnoreSIGPIPE", NULL, "commands expect the signal" },
        /* its end */
        { "KillMode", NULL, "it decides how the job ends" },
        { "KillSignal", "KillSignal", NULL },
        { "FinalKillSignal", NULL, "it decides how the job ends" },
        { "SendSIGHUP", NULL, "it decides how the job ends" },
        { "SendSIGKILL", NULL, "it decides how the job ends" },
        { "SurviveFinalKillSignal", NULL, "it decides how the job ends" },
        { "SameProcessGroup", NULL, "it decides how the job ends" },
        { "Restart*", NULL, "a job runs once" },
        { "RemainAfterExit", NULL, "the job ends with its command" },
        { "ExitType", NULL, "the job ends with its command" },
        { "GuessMainPID", NULL, "jobd-exec is the main process" },
        { "PIDFile", NULL, "jobd-exec is the main process" },
        { "BusName", NULL, "it says when the job runs" },
        { "NotifyAccess", NULL, "jobd-exec takes the command's notifications" },
        { "Watchdog*", NULL, "jobd-exec does not serve it" },
        { "OOMPolicy", NULL, "jobd-exec must outlive the command" },
        { "SuccessExitStatus", "SuccessExitStatus", NULL },
        { "RuntimeMaxUSec", "RuntimeMaxUSec", NULL },
        { "RuntimeRandomizedExtraUSec", "RuntimeMaxUSec", NULL },
        { "TimeoutStopUSec", "StopTimeoutUSec", NULL },
        { "Timeout*", NULL, "it decides how the job ends" },
        { "RefuseManualSt*", NULL, "jobd starts and stops the unit" },
        { "AddRef", NULL, "jobd must see the unit's end" },
        { "CollectMode", NULL, "jobd must see the unit's end" },
        /* other spellings of options; their own names are in the table of settings */
        { "Nice", "Nice", NULL },
        { "MemoryHighScale", "MemoryHigh", NULL },
        { "MemoryMaxScale", "MemoryMax", NULL },
        { "TasksMaxScale", "TasksMax", NULL },
        { "PrivateTmpEx", "PrivateTmp", NULL },
};

static bool matches(const char *pattern, const char *name) {
        size_t length = strlen(pattern);

        if (pattern[length - 1] == '*')
                return strncmp(pattern, name, length - 1) == 0;
        return strcmp(pattern, name) == 0;
}

/* Those that have an option are in the table of settings; of these there are spellings with "Scale", too. */
static const struct {
        const char *name, *controller;
} controlled[] = {
        { "MemoryMin*", "memory" },
        { "MemoryLow*", "memory" },
        { "MemorySwapMax*", "memory" },
        { "MemoryZSwap*", "memory" },
        { "MemoryLimit*", "memory" },
        { "StartupMemory*", "memory" },
        { "CPUQuotaPeriod*", "cpu" },
        { "CPUShares", "cpu" },
        { "StartupCPU*", "cpu" },
        { "AllowedCPUs", "cpuset" },
        { "AllowedMemoryNodes", "cpuset" },
        { "StartupAllowed*", "cpuset" },
        { "IODevice*", "io" },
        { "IORead*", "io" },
        { "IOWrite*", "io" },
        { "StartupIO*", "io" },
        { "BlockIOWeight", "io" },
        { "BlockIODevice*", "io" },
        { "BlockIORead*", "io" },
        { "BlockIOWrite*", "io" },
        { "StartupBlockIO*", "io" },
};

const char *raw_property_controller(const char *name) {
        for (size_t i = 0; i < G_N_ELEMENTS(controlled); i++)
                if (matches(controlled[i].name, name))
                        return controlled[i].controller;
        return NULL;
}

static char *complain_of_option(const char *name, const char *option) {
        return g_strdup_printf("Property %.64s is jobd's own: use the option %s", name, option);
}

/* What is wrong with the name; NULL: nothing. */
static char *complain_of_name(const char *name) {
        if (!g_ascii_isalpha(name[0]) || name[strspn(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS)])
                return g_strdup_printf("'%.64s' is no name of a property", name);
        if (job_option_find(name))
                return complain_of_option(name, name);
        for (size_t i = 0; i < G_N_ELEMENTS(owned); i++) {
                if (!matches(owned[i].name, name))
                        continue;
                if (owned[i].option)
                        return complain_of_option(name, owned[i].option);
                return g_strdup_printf("Property %.64s is jobd's own: %s", name, owned[i].why);
        }
        return NULL;
}

int raw_properties_check(GVariant *properties, char **ret_why) {
        GVariantIter iter;
        const char *name;

        if (g_variant_n_children(properties) > RAW_PROPERTIES_MAX) {
                *ret_why = g_strdup_printf("More than %u properties", RAW_PROPERTIES_MAX);
                return -JOBD_E_LIMIT_EXCEEDED;
        }
        g_variant_iter_init(&iter, properties);
        while (g_variant_iter_next(&iter, "(&sv)", &name, NULL)) {
                *ret_why = complain_of_name(name);
                if (*ret_why)
                        return -JOBD_E_INVALID_ARGUMENT;
        }
        return 0;
}

static char *quote_and_cut(const char *text, size_t max) {
        g_autofree char *quoted = quote_value(text);
        GString *cut = g_string_new(quoted);

        quote_cut(cut, max);
        return g_string_free(cut, FALSE);
}

char *raw_properties_describe(GVariant *properties, size_t max) {
        g_autoptr(GString) text = g_string_new(NULL);
        GVariantIter iter;
        const char *name;
        GVariant *value;

        g_variant_iter_init(&iter, properties);
        while (text->len <= max && g_variant_iter_next(&iter, "(&sv)", &name, &value)) {
                g_string_append_printf(text, "%s%s=", text->len > 0 ? " " : "", name);
                g_variant_print_string(value, text, FALSE);
                g_variant_unref(value);
        }
        return quote_and_cut(text->str, max);
}

static bool is_word_part(char c) {
        return g_ascii_isalnum(c) || (unsigned char) c >= 0x80;
}

/* Replaces `value` in `words` where it stands as a word of its own, or as several. */
static void hide(GString *words, const char *value) {
        static const char hidden[] = "…";
        size_t length = strlen(value), at = 0;
        const char *found;

        while (length > 0 && (found = strstr(words->str + at, value))) {
                bool whole;

                at = (size_t) (found - words->str);
                whole = (at == 0 || !is_word_part(words->str[at - 1]) || !is_word_part(value[0])) &&
                        (!is_word_part(words->str[at + length]) || !is_word_part(value[length - 1]));
                if (whole) {
                        g_string_erase(words, (gssize) at, (gssize) length);
                        g_string_insert(words, (gssize) at, hidden);
                }
                at += whole ? strlen(hidden) : 1;
        }
}

static void hide_all(GString *words, GVariant *value) {
        if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
                hide(words, g_variant_get_string(value, NULL));
                return;
        }
        for (gsize i = 0; g_variant_is_container(value) && i < g_variant_n_children(value); i++) {
                g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

                hide_all(words, child);
        }
}

char *raw_properties_redact(GVariant *properties, const char *words, size_t max) {
        g_autoptr(GString) text = g_string_new(words);
        GVariantIter iter;
        GVariant *value;

        if (properties) {
                if (text->len > max) /* half a value is not one that is known, when they are cut */
                        return g_strdup("systemd's words are too many to be shown");
                g_variant_iter_init(&iter, properties);
                while (g_variant_iter_next(&iter, "(&sv)", NULL, &value)) {
                        hide_all(text, value);
                        g_variant_unref(value);
                }
        }
        return quote_and_cut(text->str, max);
}
