/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Text from outside, made safe for a terminal: control characters, escapes, what would turn the writing
 * direction, and bytes that are not UTF-8 are shown as \n, \x1b, \u202e. Where the locale is not UTF-8
 * nothing but ASCII is shown.
 */

/* For one cell or line. */
char *sanitize(const char *text);
char *sanitize_n(const char *text, size_t length);

/* The same with newlines and tabs kept. */
char *sanitize_lines(const char *text);

/* For a command, words quoted as for a shell, without line breaks: where the locale is not UTF-8, one with
 * other letters is written as $'…' with escapes, so that it is not taken for one that has these escapes in
 * it. */
char *sanitize_command(const char *text);

/* True if the text is plain printable ASCII: then it is its own safe form, as wide as long. */
bool text_is_plain(const char *text, size_t *ret_length);

/* Columns that safe text takes on a terminal. */
size_t text_width(const char *text);

/* Bytes of `text` that fit into `width` columns; what they take goes to *ret_width. */
size_t text_fit(const char *text, size_t width, size_t *ret_width);

/* The text cut to `width` columns, with an ellipsis where something is missing. */
char *text_ellipsize(const char *text, size_t width);
