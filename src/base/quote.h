/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Bytes of a user as text that can be shown, logged and given to polkit: valid UTF-8 without control
 * characters, and unlike for unlike bytes. What has others is written as $'…' with escapes, as bash reads
 * it.
 */

/* False for control and format characters (those command a terminal, or turn the direction of writing) and
 * for letters that show nothing: a line must not look like another. */
bool char_is_shown(gunichar c);

/* A word of a command: as it is where a shell would take it so, else in quotes. Words have megabytes: once
 * the text has more than `max` bytes, nothing more of it need be there, as quote_cut() follows. */
void quote_word(GString *text, const char *word, size_t max);

/* A value that stands alone: as it is if it can be shown, else as $'…'. For the caller to free. */
char *quote_value(const char *value);

/* Cuts such text to `max` bytes, with "…" where something is missing. */
void quote_cut(GString *text, size_t max);
