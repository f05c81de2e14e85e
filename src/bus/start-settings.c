/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/variant.h"
#include "bus/start-settings.h"
#include "model/raw-properties.h"

static int read_variant(sd_bus_message *m, const Option *option, GVariant **ret, sd_bus_error *error) {
        int r = variant_read(m, RAW_PROPERTIES_SIZE_MAX, ret);

        switch (r) {
        case -E2BIG:
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "Option %s: more than %u bytes",
                                  option->name, RAW_PROPERTIES_SIZE_MAX);
        case -ELOOP:
                return option_invalid(error, option, "more than %u containers within each other",
                                      VARIANT_DEPTH_MAX);
        case -EOPNOTSUPP:
                return option_invalid(error, option, "file descriptors cannot be given");
        default:
                return r;
        }
}

static int read_setting(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        const UnitSetting *setting = unit_setting_find(option->name);
        StartOptions *o = field;
        GVariant **value = &o->request->settings[setting - unit_settings];
        g_autofree char *complaint = NULL;
        uint64_t number;
        int r;

        if (option->type[0] == 't') {
                r = option_basic(m, option, &number, error);
                *value = r < 0 ? NULL : g_variant_ref_sink(g_variant_new_uint64(number));
        } else
                r = read_variant(m, option, value, error);
        if (r < 0)
                return r;
        complaint = unit_setting_complain(setting, *value);
        return complaint ? option_invalid(error, option, "%s", complaint) : 0;
}

static int read_properties(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error) {
        StartOptions *o = field;
        g_autofree char *why = NULL;
        int r = read_variant(m, option, &o->request->properties, error);

        if (r < 0)
                return r;
        if (g_variant_n_children(o->request->properties) == 0)
                g_clear_pointer(&o->request->properties, g_variant_unref); /* as not given */
        else
                r = raw_properties_check(o->request->properties, &why);
        return r < 0 ? error_setf(error, r, "%s", why) : 0;
}

void start_settings_add(Option *options) {
        for (size_t i = 0; i < _UNIT_SETTING_MAX; i++)
                options[i] = (Option){ unit_settings[i].name, unit_settings[i].type, read_setting, 0 };
        options[_UNIT_SETTING_MAX] = (Option){ "Properties", RAW_PROPERTIES_TYPE, read_properties, 0 };
}

int start_settings_settle(JobRequest *request, sd_bus_error *error) {
        GVariant **value = &request->settings[UNIT_SETTING_NO_NEW_PRIVILEGES];
        const char *box = unit_settings_find_box(request->settings);

        if (!box)
                return 0;
        if (!*value)
                *value = g_variant_ref_sink(g_variant_new_boolean(true));
        if (!g_variant_get_boolean(*value))
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Option NoNewPrivileges: %s does not go without it", box);
        return 0;
}
