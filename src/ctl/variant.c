/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "base/dict.h"
#include "ctl/variant.h"

static int append_value(sd_bus_message *m, GVariant *value);

static int append_children(sd_bus_message *m, GVariant *value) {
        int r = 0;

        for (gsize i = 0; r >= 0 && i < g_variant_n_children(value); i++) {
                g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

                r = append_value(m, child);
        }
        return r;
}

static int append_array(sd_bus_message *m, GVariant *value) {
        int r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, g_variant_get_type_string(value) + 1);

        if (r >= 0)
                r = append_children(m, value);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_struct(sd_bus_message *m, GVariant *value) {
        const char *type = g_variant_get_type_string(value);
        g_autofree char *members = g_strndup(type + 1, strlen(type) - 2);
        int r = sd_bus_message_open_container(m, SD_BUS_TYPE_STRUCT, members);

        if (r >= 0)
                r = append_children(m, value);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, GVariant *value) {
        switch (g_variant_classify(value)) {
        case G_VARIANT_CLASS_BOOLEAN:
                return sd_bus_message_append(m, "b", g_variant_get_boolean(value));
        case G_VARIANT_CLASS_BYTE:
                return sd_bus_message_append(m, "y", g_variant_get_byte(value));
        case G_VARIANT_CLASS_INT32:
                return sd_bus_message_append(m, "i", g_variant_get_int32(value));
        case G_VARIANT_CLASS_UINT32:
                return sd_bus_message_append(m, "u", g_variant_get_uint32(value));
        case G_VARIANT_CLASS_UINT64:
                return sd_bus_message_append(m, "t", g_variant_get_uint64(value));
        case G_VARIANT_CLASS_STRING:
                return sd_bus_message_append(m, "s", g_variant_get_string(value, NULL));
        case G_VARIANT_CLASS_ARRAY:
                return append_array(m, value);
        case G_VARIANT_CLASS_TUPLE:
                return append_struct(m, value);
        default:
                return -EINVAL;
        }
}

int variant_append_entry(sd_bus_message *m, const char *name, GVariant *value) {
        int r = dict_open_entry(m, name, g_variant_get_type_string(value));

        if (r >= 0)
                r = append_value(m, value);
        return r < 0 ? r : dict_close_entry(m);
}

int variant_append_pair(sd_bus_message *m, const char *name, GVariant *value) {
        int r = sd_bus_message_open_container(m, SD_BUS_TYPE_STRUCT, "sv");

        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, g_variant_get_type_string(value));
        if (r >= 0)
                r = append_value(m, value);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        return r < 0 ? r : sd_bus_message_close_container(m);
}
