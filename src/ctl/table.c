/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/sanitize.h"
#include "ctl/table.h"

typedef struct Cell {
        const char *text; /* safe to show */
        uint32_t length;
        uint32_t width;
        Colour colour;
} Cell;

struct Table {
        const Column *columns;
        size_t n_columns;
        GArray *cells;
        GStringChunk *strings; /* the cells that had to be changed */
        size_t *widths;
};

Table *table_new(const Column *columns, size_t n_columns) {
        Table *t = g_new(Table, 1);

        *t = (Table){
                .columns = columns,
                .n_columns = n_columns,
                .cells = g_array_new(FALSE, FALSE, sizeof(Cell)),
                .strings = g_string_chunk_new(4096),
                .widths = g_new0(size_t, n_columns),
        };
        return t;
}

void table_free(Table *t) {
        (void) g_array_free(t->cells, TRUE);
        g_string_chunk_free(t->strings);
        g_free(t->widths);
        g_free(t);
}

void table_add(Table *t, const char *text, Colour colour) {
        size_t column = t->cells->len % t->n_columns, length;
        Cell cell = { .text = text, .colour = colour };

        if (text_is_plain(text, &length))
                cell.width = (uint32_t) length;
        else {
                g_autofree char *safe = sanitize(text);

                cell.text = g_string_chunk_insert(t->strings, safe);
                length = strlen(safe);
                cell.width = (uint32_t) text_width(safe);
        }
        cell.length = (uint32_t) length;
        t->widths[column] = MAX(t->widths[column], cell.width);
        g_array_append_val(t->cells, cell);
}

size_t table_rows(const Table *t) {
        return t->cells->len / t->n_columns;
}

static size_t least_width(const Table *t, size_t column) {
        size_t least = t->columns[column].least ?: t->columns[column].cut_to;

        return least == 0 ? t->widths[column] : MIN(least, t->widths[column]);
}

static size_t cut_width(const Table *t, size_t column) {
        size_t cut = t->columns[column].cut_to;

        return cut == 0 ? t->widths[column] : MIN(cut, t->widths[column]);
}

static size_t total_width(const Table *t) {
        size_t total = 0;

        for (size_t i = 0; i < t->n_columns; i++)
                if (t->widths[i] > 0)
                        total += t->widths[i] + (total > 0);
        return total;
}

static bool all_cells_are_the_same(const Table *t, size_t column) {
        for (size_t i = 1; i < table_rows(t); i++)
                if (strcmp(g_array_index(t->cells, Cell, column).text,
                           g_array_index(t->cells, Cell, i * t->n_columns + column).text) != 0)
                        return false;
        return true;
}

/* A column that tells no job from another says less than what would be cut for it. */
static void drop_constant_columns(Table *t, size_t width) {
        for (size_t i = 0; i < t->n_columns && total_width(t) > width; i++)
                if (t->columns[i].drop_if_same && all_cells_are_the_same(t, i))
                        t->widths[i] = 0;
}

/* What need not be there goes first, the last column before the others: a line that is wrapped is no
 * table. */
static void drop_columns(Table *t, size_t width) {
        size_t least = 0;

        for (size_t i = 0; i < t->n_columns; i++)
                if (t->widths[i] > 0)
                        least += least_width(t, i) + (least > 0);
        for (size_t i = t->n_columns; i > 0 && least > width; i--) {
                if (!t->columns[i - 1].only_if_used || t->widths[i - 1] == 0)
                        continue;
                least -= least_width(t, i - 1) + 1;
                t->widths[i - 1] = 0;
        }
}

static void cut_column(Table *t, size_t column, size_t least, size_t width) {
        size_t total = total_width(t);

        if (total > width)
                t->widths[column] -= MIN(t->widths[column] - least, total - width);
}

/* To where all of them can be read, the last column first; where that is too wide, the last column, too, but
 * last. */
static void cut_columns(Table *t, size_t width) {
        for (size_t i = t->n_columns; i > 0; i--)
                cut_column(t, i - 1, cut_width(t, i - 1), width);
        for (size_t i = 0; i < t->n_columns; i++)
                cut_column(t, i, least_width(t, i), width);
}

/* Columns that are shown have a width now, the others 0; together they fit into `width` if they can. */
static void table_fit(Table *t, size_t width, bool bare) {
        for (size_t i = 0; i < t->n_columns; i++) {
                if (t->columns[i].only_if_used && t->widths[i] == 0)
                        continue;
                if (!bare || t->widths[i] == 0)
                        t->widths[i] = MAX(t->widths[i], strlen(t->columns[i].title));
        }
        if (width == 0)
                return;
        drop_constant_columns(t, width);
        drop_columns(t, width);
        cut_columns(t, width);
}

static void pad(GString *out, size_t n) {
        size_t old = out->len;

        g_string_set_size(out, old + n);
        memset(out->str + old, ' ', n);
}

static void print_cell(GString *out, const Column *column, const Cell *cell, size_t width, bool last,
                       bool colours) {
        const char *text = cell->text;
        size_t length = cell->length, used = cell->width;
        g_autofree char *cut = NULL;

        if (used > width) {
                text = cut = text_ellipsize(cell->text, width);
                length = strlen(cut);
                used = text_width(cut);
        }
        if (column->right)
                pad(out, width - used);
        if (colours && cell->colour != COLOUR_NONE)
                g_string_append(out, colour_begin(cell->colour));
        g_string_append_len(out, text, (gssize) length);
        if (colours && cell->colour != COLOUR_NONE)
                g_string_append(out, COLOUR_END);
        if (!column->right && !last)
                pad(out, width - used);
}

static void print_row(const Table *t, GString *out, const Cell *row, bool colours) {
        size_t last = t->n_columns - 1;
        bool first = true;

        while (last > 0 && t->widths[last] == 0)
                last--;
        for (size_t i = 0; i <= last; i++) {
                if (t->widths[i] == 0)
                        continue;
                if (!first)
                        g_string_append_c(out, ' ');
                first = false;
                print_cell(out, &t->columns[i], &row[i], t->widths[i], i == last, colours);
        }
        while (out->len > 0 && out->str[out->len - 1] == ' ')
                g_string_truncate(out, out->len - 1);
        g_string_append_c(out, '\n');
}

void table_print(Table *t, GString *out, size_t width, bool bare, bool colours) {
        g_autofree Cell *heads = g_new0(Cell, t->n_columns);

        table_fit(t, width, bare);
        for (size_t i = 0; i < t->n_columns; i++)
                heads[i] = (Cell){
                        .text = t->columns[i].title,
                        .length = (uint32_t) strlen(t->columns[i].title),
                        .width = (uint32_t) strlen(t->columns[i].title),
                        .colour = COLOUR_HEAD,
                };
        if (!bare)
                print_row(t, out, heads, colours);
        for (size_t i = 0; i < table_rows(t); i++)
                print_row(t, out, &g_array_index(t->cells, Cell, i * t->n_columns), colours);
}
