/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "base/quote.h"
#include "base/sanitize.h"

static void append_byte(GString *out, unsigned char byte) {
        static const struct {
                unsigned char byte;
                char letter;
        } letters[] = { { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' } };

        for (size_t i = 0; i < G_N_ELEMENTS(letters); i++)
                if (letters[i].byte == byte) {
                        g_string_append_printf(out, "\\%c", letters[i].letter);
                        return;
                }
        g_string_append_printf(out, "\\x%02x", byte);
}

static char *escape(const char *text, size_t length, const char *keep) {
        GString *out = g_string_sized_new(length + 8);
        bool utf8 = g_get_charset(NULL);
        const char *end = text + length;

        while (text < end) {
                unsigned char byte = (unsigned char) *text;
                gunichar ch;

                if (byte < 0x80) {
                        if ((byte >= 0x20 && byte != 0x7f) || (byte && strchr(keep, byte)))
                                g_string_append_c(out, (char) byte);
                        else
                                append_byte(out, byte);
                        text++;
                        continue;
                }
                ch = g_utf8_get_char_validated(text, end - text);
                if (ch == (gunichar) -1 || ch == (gunichar) -2) {
                        append_byte(out, byte);
                        text++;
                        continue;
                }
                if (utf8 && char_is_shown(ch))
                        g_string_append_len(out, text, g_utf8_skip[byte]);
                else
                        g_string_append_printf(out, ch > 0xffff ? "\\U%08x" : "\\u%04x", ch);
                text += g_utf8_skip[byte];
        }
        return g_string_free(out, FALSE);
}

char *sanitize(const char *text) {
        return escape(text, strlen(text), "");
}

char *sanitize_n(const char *text, size_t length) {
        return escape(text, length, "");
}

char *sanitize_lines(const char *text) {
        return escape(text, strlen(text), "\n\t");
}

char *sanitize_command(const char *text) {
        GString *out;

        if (g_get_charset(NULL) || g_str_is_ascii(text))
                return sanitize(text);
        out = g_string_new("$'");
        for (const char *p = text; *p; p++)
                if ((unsigned char) *p >= 0x80)
                        append_byte(out, (unsigned char) *p);
                else
                        g_string_append_printf(out, "%s%c", strchr("'\\", *p) ? "\\" : "", *p);
        g_string_append_c(out, '\'');
        return g_string_free(out, FALSE);
}

bool text_is_plain(const char *text, size_t *ret_length) {
        const char *p = text;

        while (*p >= 0x20 && *p < 0x7f)
                p++;
        *ret_length = (size_t) (p - text);
        return !*p;
}

static size_t char_width(gunichar ch) {
        return g_unichar_iszerowidth(ch) ? 0 : g_unichar_iswide(ch) ? 2 : 1;
}

size_t text_fit(const char *text, size_t width, size_t *ret_width) {
        const char *p = text;
        size_t used = 0;

        while (*p) {
                size_t w = char_width(g_utf8_get_char(p));

                if (used + w > width)
                        break;
                used += w;
                p = g_utf8_next_char(p);
        }
        *ret_width = used;
        return (size_t) (p - text);
}

size_t text_width(const char *text) {
        size_t width;

        (void) text_fit(text, SIZE_MAX, &width);
        return width;
}

char *text_ellipsize(const char *text, size_t width) {
        bool utf8 = g_get_charset(NULL);
        const char *dots = utf8 ? "…" : "...";
        size_t room = utf8 ? 1 : 3, used, n;

        if (text_width(text) <= width)
                return g_strdup(text);
        if (width < room)
                return g_strndup("...", width);
        n = text_fit(text, width - room, &used);
        return g_strdup_printf("%.*s%s", (int) n, text, dots);
}
