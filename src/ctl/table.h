/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "ctl/terminal.h"

/*
 * A table for people: columns as wide as they must be, made to fit the terminal by cutting the wide ones.
 */

typedef struct Table Table;

typedef struct Column {
        const char *title;
        bool right;        /* aligned to the right */
        size_t cut_to;     /* may be cut to this width, the last such columns first; 0: never */
        size_t least;      /* and to this, where even that is too wide; 0: never */
        bool only_if_used; /* left out if every cell is empty */
        bool drop_if_same; /* left out if every cell is the same, before anything is cut */
} Column;

/* `columns` must outlive the table. */
Table *table_new(const Column *columns, size_t n_columns);
void table_free(Table *t);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

/* The next cell, row by row; `text` must outlive the table. */
void table_add(Table *t, const char *text, Colour colour);

size_t table_rows(const Table *t);

/* `width` 0: as wide as it is. Headings unless `bare`. */
void table_print(Table *t, GString *out, size_t width, bool bare, bool colours);
