/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <getopt.h>

#include "ctl/ctl.h"

/*
 * Options. The global ones are taken before the verb and among the verb's own.
 */

typedef struct Options {
        const char *short_options; /* the verb's own, as getopt_long() wants them */
        /* the verb's own, values from OPTION_BASE on or a letter; all zeros ends */
        const struct option *long_options;
        bool posix; /* the first word ends them */
} Options;

enum {
        OPTION_BASE = 512,
};

enum {
        OPTIONS_END = -1,   /* optind stands at the first word */
        OPTIONS_ERROR = -2, /* has been said */
};

/* The next option of the verb, OPTIONS_END or OPTIONS_ERROR. */
int options_next(Ctl *c, const Options *o, int argc, char **argv);

/*
 * After the last option: true if the verb should go on, with *argc and *argv being the words left. Otherwise
 * *status is what to exit with: help was asked for, or the number of words is wrong.
 */
bool options_finish(Ctl *c, int *argc, char ***argv, int *status);

/* For verbs without options of their own: all of the above. */
bool options_none(Ctl *c, int *argc, char ***argv, int *status);

/* What `jobctl --help` and `jobctl VERB --help` show. */
int options_help(const Ctl *c);
