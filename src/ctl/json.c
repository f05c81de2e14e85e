/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "ctl/json.h"

Json json_start(GString *out, bool pretty) {
        return (Json){ .out = out, .pretty = pretty, .first = true };
}

static void new_line(Json *j) {
        g_string_append_c(j->out, '\n');
        for (unsigned i = 0; i < j->depth; i++)
                g_string_append_c(j->out, '\t');
}

static void append_quoted(GString *out, const char *text, size_t size) {
        static const char letters[] = {
                ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
        };
        size_t done = 0;

        g_string_append_c(out, '"');
        for (size_t i = 0; i < size; i++) {
                unsigned char byte = (unsigned char) text[i];

                if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f)
                        continue;
                g_string_append_len(out, text + done, (gssize) (i - done));
                done = i + 1;
                if (byte == '"' || byte == '\\')
                        g_string_append_printf(out, "\\%c", byte);
                else if (byte < sizeof(letters) && letters[byte])
                        g_string_append_printf(out, "\\%c", letters[byte]);
                else
                        g_string_append_printf(out, "\\u%04x", byte);
        }
        g_string_append_len(out, text + done, (gssize) (size - done));
        g_string_append_c(out, '"');
}

/* What stands before every value: the comma, the line, the key. */
static void begin(Json *j, const char *key) {
        if (!j->first)
                g_string_append_c(j->out, ',');
        if (j->pretty && j->depth > 0)
                new_line(j);
        j->first = false;
        if (key) {
                append_quoted(j->out, key, strlen(key));
                g_string_append(j->out, j->pretty ? " : " : ":");
        }
}

void json_open(Json *j, const char *key, char bracket) {
        begin(j, key);
        g_string_append_c(j->out, bracket);
        j->depth++;
        j->first = true;
}

void json_close(Json *j, char bracket) {
        j->depth--;
        if (j->pretty && !j->first)
                new_line(j);
        g_string_append_c(j->out, bracket);
        j->first = false;
}

void json_bytes(Json *j, const char *key, const void *data, size_t size) {
        const unsigned char *bytes = data;

        begin(j, key);
        /* a NUL makes it no UTF-8 for GLib, and no string for most readers of JSON */
        if (g_utf8_validate_len(data, size, NULL)) {
                append_quoted(j->out, data, size);
                return;
        }
        g_string_append_c(j->out, '[');
        for (size_t i = 0; i < size; i++)
                g_string_append_printf(j->out, "%s%u", i > 0 ? "," : "", bytes[i]);
        g_string_append_c(j->out, ']');
}

void json_string(Json *j, const char *key, const char *value) {
        json_bytes(j, key, value, strlen(value));
}

void json_u64(Json *j, const char *key, uint64_t value) {
        begin(j, key);
        g_string_append_printf(j->out, "%" G_GUINT64_FORMAT, value);
}

void json_i64(Json *j, const char *key, int64_t value) {
        begin(j, key);
        g_string_append_printf(j->out, "%" G_GINT64_FORMAT, value);
}

void json_bool(Json *j, const char *key, bool value) {
        begin(j, key);
        g_string_append(j->out, value ? "true" : "false");
}

void json_null(Json *j, const char *key) {
        begin(j, key);
        g_string_append(j->out, "null");
}
