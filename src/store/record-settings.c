/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/variant.h"
#include "model/raw-properties.h"
#include "store/record-settings.h"

#define G_REQUEST  "Request"
#define G_SETTINGS "Settings" /* a key for each, by its name */
#define PROPERTIES "Properties"

static void set_variant(GKeyFile *file, const char *group, const char *key, GVariant *value) {
        g_autofree char *text = value ? variant_format(value) : NULL;

        if (text)
                g_key_file_set_value(file, group, key, text);
}

void record_format_settings(GKeyFile *file, const JobRequest *request) {
        for (size_t i = 0; i < _UNIT_SETTING_MAX; i++)
                set_variant(file, G_SETTINGS, unit_settings[i].name, request->settings[i]);
        set_variant(file, G_REQUEST, PROPERTIES, request->properties);
}

/* Missing: NULL. */
static int get_variant(GKeyFile *file, const char *group, const char *key, const char *type,
                       GVariant **ret) {
        g_autofree char *text = g_key_file_get_value(file, group, key, NULL);

        return text ? variant_parse(text, type, ret) : 0;
}

static int parse_setting(GKeyFile *file, const UnitSetting *setting, GVariant **ret) {
        g_autofree char *complaint = NULL;
        int r = get_variant(file, G_SETTINGS, setting->name, setting->type, ret);

        if (r >= 0 && *ret)
                complaint = unit_setting_complain(setting, *ret);
        return complaint ? -EBADMSG : r;
}

int record_check_settings(GKeyFile *file) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, G_SETTINGS, NULL, NULL);

        for (char **key = keys; key && *key; key++)
                if (!unit_setting_find(*key))
                        return -EPROTONOSUPPORT;
        return 0;
}

static int parse_properties(GKeyFile *file, GVariant **ret) {
        g_autofree char *why = NULL;
        int r = get_variant(file, G_REQUEST, PROPERTIES, RAW_PROPERTIES_TYPE, ret);

        if (r >= 0 && *ret && raw_properties_check(*ret, &why) < 0)
                return -EBADMSG;
        return r;
}

int record_parse_settings(GKeyFile *file, JobRequest *request) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < _UNIT_SETTING_MAX; i++)
                r = parse_setting(file, &unit_settings[i], &request->settings[i]);
        return r < 0 ? r : parse_properties(file, &request->properties);
}
