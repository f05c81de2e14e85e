/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/variant.h"
#include "model/raw-properties.h"
#include "store/record-values.h"

#define G_REQUEST  "Request"
#define G_VALUES   "Options" /* a key for each that was given, by its name */
#define PROPERTIES "Properties"

static void set_variant(GKeyFile *file, const char *group, const char *key, GVariant *value) {
        g_autofree char *text = value ? variant_format(value) : NULL;

        if (text)
                g_key_file_set_value(file, group, key, text);
}

void record_format_values(GKeyFile *file, const JobRequest *request) {
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                set_variant(file, G_VALUES, job_options[i].name, request->values[i]);
        set_variant(file, G_REQUEST, PROPERTIES, request->properties);
}

/* Missing: NULL. */
static int get_variant(GKeyFile *file, const char *group, const char *key, const char *type,
                       GVariant **ret) {
        g_autofree char *text = g_key_file_get_value(file, group, key, NULL);

        return text ? variant_parse(text, type, ret) : 0;
}

static int parse_value(GKeyFile *file, JobOptionId id, JobValues values) {
        const JobOption *option = &job_options[id];
        g_autofree char *complaint = NULL;
        g_autoptr(GVariant) value = NULL;
        int r = get_variant(file, G_VALUES, option->name, option->type, &value);

        if (r < 0 || !value)
                return r;
        complaint = job_option_complain(option, value);
        if (complaint)
                return -EBADMSG;
        job_values_set(values, id, value);
        return 0;
}

int record_check_values(GKeyFile *file) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, G_VALUES, NULL, NULL);

        for (char **key = keys; key && *key; key++)
                if (!job_option_find(*key))
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

int record_parse_values(GKeyFile *file, JobRequest *request) {
        int r = 0;

        for (JobOptionId id = 0; r >= 0 && id < _JOB_OPTION_MAX; id++)
                r = parse_value(file, id, request->values);
        return r < 0 ? r : parse_properties(file, &request->properties);
}
