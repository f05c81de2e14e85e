/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/json.h"
#include "base/quote.h"

Json json_start(GString *out, bool pretty) {
        return (Json){ .out = out, .pretty = pretty, .first = true };
}

static void new_line(Json *j) {
        g_string_append_c(j->out, '\n');
        for (unsigned i = 0; i < j->depth; i++)
                g_string_append_c(j->out, '\t');
}

static void append_escape(GString *out, gunichar ch) {
        static const char letters[] = {
                ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
        };

        if (ch == '"' || ch == '\\')
                g_string_append_printf(out, "\\%c", (char) ch);
        else if (ch < sizeof(letters) && letters[ch])
                g_string_append_printf(out, "\\%c", letters[ch]);
        else if (ch > 0xffff) /* two of UTF-16 */
                g_string_append_printf(out, "\\u%04x\\u%04x", 0xd800 + ((ch - 0x10000) >> 10),
                                       0xdc00 + ((ch - 0x10000) & 0x3ff));
        else
                g_string_append_printf(out, "\\u%04x", ch);
}

/* Length of the character, and whether it is shown as it is: JSON is read on terminals as well. */
static size_t next_char(const char *text, size_t size, gunichar *ret, bool *ret_plain) {
        unsigned char byte = (unsigned char) text[0];

        *ret = byte;
        *ret_plain = byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f;
        if (byte < 0x80)
                return 1;
        *ret = g_utf8_get_char_validated(text, (gssize) size);
        if (*ret == (gunichar) -1 || *ret == (gunichar) -2)
                return 1;
        *ret_plain = char_is_shown(*ret);
        return g_utf8_skip[byte];
}

static void append_quoted(GString *out, const char *text, size_t size) {
        size_t done = 0, length;

        g_string_append_c(out, '"');
        for (size_t i = 0; i < size; i += length) {
                gunichar ch;
                bool plain;

                length = next_char(text + i, size - i, &ch, &plain);
                if (plain)
                        continue;
                g_string_append_len(out, text + done, (gssize) (i - done));
                done = i + length;
                append_escape(out, ch);
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

void json_job_id(Json *j, JobId id) {
        json_u64(j, "Id", id.number);
        if (id.child > 0)
                json_u64(j, "Child", id.child);
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
