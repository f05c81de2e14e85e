/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <string.h>

#include "base/quote.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%"

#define NO_MAX SIZE_MAX

bool char_is_shown(gunichar c) {
        static const gunichar fillers[] = { 0x115f, 0x1160, 0x3164, 0xffa0 }; /* of Hangul */

        for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++)
                if (c == fillers[i])
                        return false;
        switch (g_unichar_type(c)) {
        case G_UNICODE_CONTROL:
        case G_UNICODE_FORMAT:
        case G_UNICODE_LINE_SEPARATOR:
        case G_UNICODE_PARAGRAPH_SEPARATOR:
        case G_UNICODE_PRIVATE_USE:
        case G_UNICODE_SURROGATE:
        case G_UNICODE_UNASSIGNED:
                return false;
        default:
                return true;
        }
}

/* The character at `p`, which is shown, or 0. */
static gunichar shown_at(const char *p) {
        gunichar c;

        if (*p >= ' ' && *p <= '~')
                return (gunichar) *p;
        c = g_utf8_get_char_validated(p, -1);
        return c != (gunichar) -1 && c != (gunichar) -2 && char_is_shown(c) ? c : 0;
}

static bool all_is_shown(const char *bytes) {
        for (const char *p = bytes; *p; p = g_utf8_next_char(p))
                if (!shown_at(p))
                        return false;
        return true;
}

static void append_hex(GString *text, guchar byte) {
        static const char digits[] = "0123456789abcdef";

        g_string_append(text, "\\x");
        g_string_append_c(text, digits[byte >> 4]);
        g_string_append_c(text, digits[byte & 0xf]);
}

static void append_escaped(GString *text, const char *bytes, size_t max) {
        const char *p = bytes;

        g_string_append(text, "$'");
        while (*p && text->len <= max) {
                if (!shown_at(p))
                        append_hex(text, (guchar) *p++);
                else {
                        const char *next = g_utf8_next_char(p);

                        if (*p == '\'' || *p == '\\')
                                g_string_append_c(text, '\\');
                        g_string_append_len(text, p, next - p);
                        p = next;
                }
        }
        g_string_append_c(text, '\'');
}

void quote_word(GString *text, const char *word, size_t max) {
        if (word[0] && word[strspn(word, PLAIN)] == '\0') {
                g_string_append(text, word);
                return;
        }
        if (!all_is_shown(word)) {
                append_escaped(text, word, max);
                return;
        }
        g_string_append_c(text, '\'');
        for (const char *p = word; *p && text->len <= max; p++) {
                if (*p == '\'')
                        g_string_append(text, "'\\''");
                else
                        g_string_append_c(text, *p);
        }
        g_string_append_c(text, '\'');
}

char *quote_value(const char *value) {
        GString *text = g_string_new(NULL);

        if (all_is_shown(value) && !g_str_has_prefix(value, "$'"))
                g_string_append(text, value);
        else
                append_escaped(text, value, NO_MAX);
        return g_string_free(text, FALSE);
}

void quote_cut(GString *text, size_t max) {
        static const char cut[] = "…";
        const char *end;

        if (text->len <= max)
                return;
        end = g_utf8_find_prev_char(text->str, text->str + max - strlen(cut) + 1);
        g_string_truncate(text, (gsize) (end - text->str));
        g_string_append(text, cut);
}
