/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/*
 * The terminal: its width, colours, the pager.
 */

typedef enum Colour {
        COLOUR_NONE,
        COLOUR_GOOD,
        COLOUR_BAD,
        COLOUR_WARN,
        COLOUR_FAINT,
        COLOUR_HEAD,
        _COLOUR_MAX,
} Colour;

/* Reads the locale: first of all, as messages follow it, too. */
void terminal_init(void);

/* Columns to fit into: of COLUMNS, or the terminal on `fd`; 0 if there is no limit, as in a pipe. */
size_t terminal_width(int fd);

/* NO_COLOR, SYSTEMD_COLORS, TERM, and whether `fd` is a terminal. */
bool terminal_colours(int fd);

/* Escape sequences that begin and end a colour. */
const char *colour_begin(Colour colour);
#define COLOUR_END "\033[0m"

/* The colour of a job's state. */
Colour colour_of_state(const char *word);

/* Text to standard output, through the pager if that is a terminal. */
int terminal_page(const Ctl *c, const char *text, size_t size);

/* Straight to standard output: nothing in jobctl prints with stdio, which gives up where a descriptor is
 * non-blocking. */
int terminal_print(const char *text, size_t size);
int terminal_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
