/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/options.h"

/*
 * The options of start and run in the order of --help. Most are an option of StartJob that has a value and
 * nothing else: --timeout=, --memory-max=, --private-tmp and so on; the table says how the value is written,
 * and what it is called on the bus.
 */

enum {
        SPEC_ROWS = 28,
};

/* Those that are something else, beside their letters. */
enum {
        SPEC_OPTION_CLEAN_ENV = OPTION_BASE + 100,
        SPEC_OPTION_INPUT,
        SPEC_OPTION_UID,
        SPEC_OPTION_GID,
        SPEC_OPTION_VALUE, /* from here on values */
};

/* Appends them, of Option. */
void spec_values_append_rows(GArray *rows);

/* Takes an option that has a value, otherwise STATUS_USAGE. What was given before is forgotten; a list is
 * added to. */
int spec_values_take(const Ctl *c, GVariant **values, int option);

/* By the name on the bus, which must be one of the table's; NULL: not given. */
GVariant *spec_values_get(GVariant *const *values, const char *name);

/* The same, as if it had been given; takes a floating value. */
void spec_values_set(GVariant **values, const char *name, GVariant *value);

/* Appends those that were given as "{sv}". Negative errno. */
int spec_values_append(sd_bus_message *m, GVariant *const *values);

void spec_values_done(GVariant **values);

/* Whether there is a limit among them, which the machine may have no controller for. */
bool spec_values_have_limit(GVariant *const *values);
