/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/format.h"
#include "base/quote.h"
#include "ctl/text/details.h"
#include "ctl/text/property.h"
#include "ctl/text/timestamp.h"

static void append_word(GString *out, const char *word) {
        if (out->len > 0)
                g_string_append_c(out, ' ');
        quote_word(out, word, SIZE_MAX);
}

static void append_number(const char *name, uint64_t n, GString *out) {
        g_autofree char *text = NULL;

        if (g_str_has_suffix(name, "Timestamp"))
                text = n > 0 ? timestamp_format(n) : g_strdup("");
        else if (g_str_has_suffix(name, "USec"))
                text = format_timespan(n);
        else if (n == UINT64_MAX)
                text = g_strdup("[not set]");
        else
                text = g_strdup_printf("%" G_GUINT64_FORMAT, n);
        g_string_append(out, text);
}

/* A value that is not an array, whatever its type: sd-bus writes as much of it as the type has. */
typedef union Basic {
        const char *s;
        uint64_t t;
        uint32_t u;
        int32_t i;
        int b;
} Basic;

/* `list`: it is one of several words. */
static int basic_text(const char *name, sd_bus_message *m, char type, bool list, GString *out) {
        Basic v;
        int r = sd_bus_message_read_basic(m, type, &v);

        if (r <= 0)
                return r;
        if (type == SD_BUS_TYPE_STRING && list)
                append_word(out, v.s);
        else if (type == SD_BUS_TYPE_STRING || type == SD_BUS_TYPE_OBJECT_PATH)
                g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", v.s);
        else if (type == SD_BUS_TYPE_UINT64)
                append_number(name, v.t, out);
        else if (type == SD_BUS_TYPE_UINT32 && strcmp(name, "Umask") == 0)
                g_string_append_printf(out, "%04o", v.u);
        else if (type == SD_BUS_TYPE_UINT32)
                g_string_append_printf(out, "%u", v.u);
        else if (type == SD_BUS_TYPE_INT32)
                g_string_append_printf(out, "%s%i", out->len > 0 ? " " : "", v.i);
        else if (type == SD_BUS_TYPE_BOOLEAN)
                g_string_append(out, v.b ? "yes" : "no");
        return r;
}

/* Bytes of "ay" with its NUL, if any, left off. The message is done with them only later. */
static int read_bytes(sd_bus_message *m, const char **ret, size_t *ret_size) {
        const void *data;
        int r = sd_bus_message_read_array(m, SD_BUS_TYPE_BYTE, &data, ret_size);

        if (r <= 0)
                return r;
        *ret = data;
        if (*ret_size > 0 && (*ret)[*ret_size - 1] == '\0')
                (*ret_size)--;
        return r;
}

static int array_text(const char *name, sd_bus_message *m, const char *element, GString *out) {
        int r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, element);

        while (r > 0) {
                if (strcmp(element, "ay") == 0) {
                        g_autofree char *word = NULL;
                        const char *bytes;
                        size_t size;

                        r = read_bytes(m, &bytes, &size);
                        if (r > 0) {
                                word = g_strndup(bytes, size);
                                append_word(out, word);
                        }
                } else
                        r = basic_text(name, m, element[0], true, out);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int details_value_text(const char *name, sd_bus_message *m, GString *out) {
        const char *contents, *bytes;
        size_t size;
        int r;

        g_string_truncate(out, 0);
        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, contents);
        if (r < 0)
                return r;
        if (strcmp(contents, "ay") == 0) {
                r = read_bytes(m, &bytes, &size);
                if (r > 0) {
                        g_autofree char *value = g_strndup(bytes, size), *shown = quote_value(value);

                        g_string_append(out, shown);
                }
        } else if (contents[0] == SD_BUS_TYPE_ARRAY)
                r = array_text(name, m, contents + 1, out);
        else
                r = basic_text(name, m, contents[0], false, out);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int basic_json(const char *key, sd_bus_message *m, char type, Json *j) {
        Basic v;
        int r = sd_bus_message_read_basic(m, type, &v);

        if (r <= 0)
                return r;
        switch (type) {
        case SD_BUS_TYPE_UINT64:
                property_json_number(j, key, v.t);
                break;
        case SD_BUS_TYPE_UINT32:
                property_json_number(j, key, v.u);
                break;
        case SD_BUS_TYPE_INT32:
                property_json_integer(j, key, v.i);
                break;
        case SD_BUS_TYPE_BOOLEAN:
                json_bool(j, key, v.b);
                break;
        default:
                property_json_string(j, key, v.s);
        }
        return r;
}

static int bytes_json(const char *key, sd_bus_message *m, Json *j) {
        const char *bytes;
        size_t size;
        int r = read_bytes(m, &bytes, &size);

        if (r > 0)
                json_bytes(j, key, bytes, size);
        return r;
}

static int array_json(const char *key, sd_bus_message *m, const char *element, Json *j) {
        int r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, element);

        json_open(j, key, '[');
        while (r > 0)
                r = strcmp(element, "ay") == 0 ? bytes_json(NULL, m, j) : basic_json(NULL, m, element[0], j);
        json_close(j, ']');
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

int details_value_json(const char *name, sd_bus_message *m, Json *j) {
        const char *contents;
        int r;

        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, SD_BUS_TYPE_VARIANT, contents);
        if (r < 0)
                return r;
        if (strcmp(contents, "ay") == 0)
                r = bytes_json(name, m, j);
        else if (contents[0] == SD_BUS_TYPE_ARRAY)
                r = array_json(name, m, contents + 1, j);
        else
                r = basic_json(name, m, contents[0], j);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}
