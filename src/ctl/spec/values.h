/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/options.h"

/*
 * The options of StartJob that have a value and nothing else: --timeout=, --memory-max=, --private-tmp and
 * so on. One table says how each is written, and what it is called on the bus; the last ones are limits and
 * boxes, which everybody may put around his job.
 */

enum {
        SPEC_VALUES = 20,
        SPEC_OPTION_VALUE = OPTION_BASE + 200,
};

/* Appends their `struct option`. */
void spec_values_append_options(GArray *options);

/* Takes an option from SPEC_OPTION_VALUE on. What was given before is forgotten; a list is added to. */
int spec_values_take(const Ctl *c, GVariant **values, int option);

/* Of --`word`, which must be one of the table's. */
int spec_values_option(const char *word);

/* By the name on the bus, which must be one of the table's; NULL: not given. */
GVariant *spec_values_get(GVariant *const *values, const char *name);

/* The same, as if it had been given; takes a floating value. */
void spec_values_set(GVariant **values, const char *name, GVariant *value);

/* Appends those that were given as "{sv}". Negative errno. */
int spec_values_append(sd_bus_message *m, GVariant *const *values);

void spec_values_done(GVariant **values);

/* Whether there is a limit among them, which the machine may have no controller for. */
bool spec_values_have_limit(GVariant *const *values);
