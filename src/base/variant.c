/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/variant.h"

#define CONTAINER_COST 4U /* as many bytes as an array's length has */

typedef struct Reader {
        sd_bus_message *m;
        size_t left; /* bytes it may still have */
        guint depth;
} Reader;

static int read_value(Reader *reader, GVariant **ret);

static int charge(Reader *reader, size_t size) {
        if (size > reader->left)
                return -E2BIG;
        reader->left -= size;
        return 0;
}

static int read_number(Reader *reader, char type, GVariant **ret) {
        union {
                uint8_t y;
                int b;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
                double d;
        } v;
        int r = sd_bus_message_read_basic(reader->m, type, &v);

        if (r < 0)
                return r;
        switch (type) {
        case 'y':
                *ret = g_variant_new_byte(v.y);
                break;
        case 'b':
                *ret = g_variant_new_boolean(v.b);
                break;
        case 'n':
                *ret = g_variant_new_int16(v.n);
                break;
        case 'q':
                *ret = g_variant_new_uint16(v.q);
                break;
        case 'i':
                *ret = g_variant_new_int32(v.i);
                break;
        case 'u':
                *ret = g_variant_new_uint32(v.u);
                break;
        case 'x':
                *ret = g_variant_new_int64(v.x);
                break;
        case 't':
                *ret = g_variant_new_uint64(v.t);
                break;
        default:
                *ret = g_variant_new_double(v.d);
        }
        return 0;
}

static int read_text(Reader *reader, char type, GVariant **ret) {
        const char *text;
        int r = sd_bus_message_read_basic(reader->m, type, &text);

        if (r >= 0)
                r = charge(reader, strlen(text) + 1);
        if (r < 0)
                return r;
        /* GLib is stricter here than sd-bus, and takes it for a bug of ours */
        if (!(type == 's'   ? g_utf8_validate(text, -1, NULL)
              : type == 'o' ? g_variant_is_object_path(text)
                            : g_variant_is_signature(text)))
                return -EBADMSG;
        *ret = type == 's'   ? g_variant_new_string(text)
               : type == 'o' ? g_variant_new_object_path(text)
                             : g_variant_new_signature(text);
        return 0;
}

static char *container_signature(char type, const char *contents) {
        switch (type) {
        case 'a':
                return g_strconcat("a", contents, NULL);
        case 'r':
                return g_strconcat("(", contents, ")", NULL);
        case 'e':
                return g_strconcat("{", contents, "}", NULL);
        default:
                return g_strdup("v");
        }
}

static int read_children(Reader *reader, GVariantBuilder *builder) {
        GVariant *child;
        int r;

        while ((r = sd_bus_message_at_end(reader->m, false)) == 0) {
                r = read_value(reader, &child);
                if (r < 0)
                        return r;
                g_variant_builder_add_value(builder, child);
        }
        return r;
}

static int read_container(Reader *reader, char type, const char *contents, GVariant **ret) {
        g_autofree char *signature = container_signature(type, contents);
        g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE(signature));
        int r;

        if (reader->depth >= VARIANT_DEPTH_MAX)
                return -ELOOP;
        reader->depth++;
        r = charge(reader, CONTAINER_COST);
        if (r >= 0)
                r = sd_bus_message_enter_container(reader->m, type, contents);
        if (r >= 0)
                r = read_children(reader, &builder);
        if (r >= 0)
                r = sd_bus_message_exit_container(reader->m);
        reader->depth--;
        if (r >= 0)
                *ret = g_variant_builder_end(&builder);
        return r;
}

/* `ret` has a floating reference. */
static int read_value(Reader *reader, GVariant **ret) {
        static const char numbers[] = "ybnqiuxtd";
        static const unsigned sizes[] = { 1, 4, 2, 2, 4, 4, 8, 8, 8 };
        const char *contents, *number;
        char type;
        int r = sd_bus_message_peek_type(reader->m, &type, &contents);

        if (r <= 0)
                return r < 0 ? r : -EBADMSG;
        if (type == 'h')
                return -EOPNOTSUPP;
        if (strchr("sog", type))
                return read_text(reader, type, ret);
        number = strchr(numbers, type);
        if (!number)
                return read_container(reader, type, contents, ret);
        r = charge(reader, sizes[number - numbers]);
        return r < 0 ? r : read_number(reader, type, ret);
}

int variant_read(sd_bus_message *m, size_t max, GVariant **ret) {
        Reader reader = { .m = m, .left = max };
        GVariant *value;
        int r = read_value(&reader, &value);

        if (r < 0)
                return r;
        *ret = g_variant_ref_sink(value);
        (void) g_variant_get_data(value); /* one piece of memory instead of one a value */
        return 0;
}

static int append_children(sd_bus_message *m, GVariant *value, char type, const char *contents) {
        int r = sd_bus_message_open_container(m, type, contents);

        for (gsize i = 0; r >= 0 && i < g_variant_n_children(value); i++) {
                g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

                r = variant_append(m, child);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A tuple or a dict entry: its signature without the parentheses is that of its contents. */
static int append_struct(sd_bus_message *m, GVariant *value, char type) {
        const char *signature = g_variant_get_type_string(value);
        g_autofree char *contents = g_strndup(signature + 1, strlen(signature) - 2);

        return append_children(m, value, type, contents);
}

static int append_boxed(sd_bus_message *m, GVariant *value) {
        g_autoptr(GVariant) content = g_variant_get_variant(value);

        return append_children(m, value, 'v', g_variant_get_type_string(content));
}

int variant_append(sd_bus_message *m, GVariant *value) {
        switch (g_variant_classify(value)) {
        case G_VARIANT_CLASS_BYTE:
                return sd_bus_message_append(m, "y", g_variant_get_byte(value));
        case G_VARIANT_CLASS_BOOLEAN:
                return sd_bus_message_append(m, "b", g_variant_get_boolean(value));
        case G_VARIANT_CLASS_INT16:
                return sd_bus_message_append(m, "n", g_variant_get_int16(value));
        case G_VARIANT_CLASS_UINT16:
                return sd_bus_message_append(m, "q", g_variant_get_uint16(value));
        case G_VARIANT_CLASS_INT32:
                return sd_bus_message_append(m, "i", g_variant_get_int32(value));
        case G_VARIANT_CLASS_UINT32:
                return sd_bus_message_append(m, "u", g_variant_get_uint32(value));
        case G_VARIANT_CLASS_INT64:
                return sd_bus_message_append(m, "x", g_variant_get_int64(value));
        case G_VARIANT_CLASS_UINT64:
                return sd_bus_message_append(m, "t", g_variant_get_uint64(value));
        case G_VARIANT_CLASS_DOUBLE:
                return sd_bus_message_append(m, "d", g_variant_get_double(value));
        case G_VARIANT_CLASS_STRING:
        case G_VARIANT_CLASS_OBJECT_PATH:
        case G_VARIANT_CLASS_SIGNATURE:
                return sd_bus_message_append_basic(m, g_variant_get_type_string(value)[0],
                                                   g_variant_get_string(value, NULL));
        case G_VARIANT_CLASS_ARRAY:
                return append_children(m, value, 'a', g_variant_get_type_string(value) + 1);
        case G_VARIANT_CLASS_TUPLE:
                return append_struct(m, value, 'r');
        case G_VARIANT_CLASS_DICT_ENTRY:
                return append_struct(m, value, 'e');
        case G_VARIANT_CLASS_VARIANT:
                return append_boxed(m, value);
        case G_VARIANT_CLASS_HANDLE:
        case G_VARIANT_CLASS_MAYBE:
        default:
                return -EINVAL;
        }
}

char *variant_format(GVariant *value) {
        return g_variant_print(value, TRUE);
}

int variant_parse(const char *text, const char *type, GVariant **ret) {
        GVariant *value = NULL;

        if (g_utf8_validate(text, -1, NULL))
                value = g_variant_parse(G_VARIANT_TYPE(type), text, NULL, NULL, NULL);
        if (!value)
                return -EBADMSG;
        *ret = value;
        return 0;
}
