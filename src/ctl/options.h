/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <getopt.h>
#include <glib.h>

#include "ctl/ctl.h"
#include "ctl/filters.h"

/*
 * Options. A row says how one is written and what --help says of it; the parser and the help go by the rows.
 * The global ones are taken before the verb and among the verb's own.
 */

typedef struct Option {
        int value; /* its letter, or a number from OPTION_BASE on */
        const char *name;
        const char *argument; /* what stands behind the "="; NULL: it takes none; "[=no]": it may take one */
        const char *help;     /* NULL: it stands on the line of the one before */
} Option;

typedef struct Options {
        const Option *rows;
        size_t n_rows;
        bool posix;       /* the first word ends them */
        Filters *filters; /* the verb takes jobs: what is said of them; one of these will do for a word */
} Options;

#define OPTIONS(array) ((Options){ .rows = (array), .n_rows = G_N_ELEMENTS(array) })

enum {
        OPTION_NO_LETTER = 256, /* from here on a value is no letter */
        OPTION_FILTERS = 384,
        OPTION_BASE = 512,
};

/* True if its argument may be left out. */
static inline bool option_may_go_without(const Option *option) {
        return g_str_has_prefix(option->argument, "[=");
}

enum {
        OPTIONS_END = -1,   /* optind stands at the first word */
        OPTIONS_ERROR = -2, /* has been said */
};

/* The next option of the verb, OPTIONS_END or OPTIONS_ERROR. Its argument is in `optarg`. */
int options_next(Ctl *c, const Options *o, int argc, char **argv);

/*
 * After the last option: true if the verb should go on, with *argc and *argv being the words left. Otherwise
 * *status is what to exit with: help was asked for, or the number of words is wrong.
 */
bool options_finish(Ctl *c, const Options *o, int *argc, char ***argv, int *status);

/* For verbs without options of their own: all of the above. `filters`: as in Options. */
bool options_none(Ctl *c, Filters *filters, int *argc, char ***argv, int *status);
