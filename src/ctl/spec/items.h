/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "ctl/options.h"

/*
 * --each and what belongs to it: one command for each of many items, which stands where the command has {},
 * or behind it.
 */

typedef struct Items {
        GPtrArray *each;   /* as they were given; of the command line */
        const char *from;  /* a file, or "-"; NULL: none */
        bool null;         /* its items end with NUL, not with a line */
        uint32_t parallel; /* 0: jobd's default */
        bool is_isolate_given;
} Items;

extern const Options items_options;

void items_init(Items *items);
void items_done(Items *items);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Items, items_done)

bool items_has_option(int option);

/* Takes one of those. */
int items_take_option(const Ctl *c, Items *items, int option);

/* *ret: the commands (of char **, which its array frees), or NULL if there is to be one job alone. */
int items_apply(const Ctl *c, const Items *items, char **command, GPtrArray **ret);

/* The same words with `item` where {} stands; behind them if it stands nowhere. For the caller to free. */
char **items_substitute(char *const *command, const char *item);
