/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/options.h"

/*
 * Limits and boxes, which everybody may put around his job: --memory-max=, --private-tmp and so on. One
 * table says how each is written, and what it is called on the bus.
 */

enum {
        SPEC_LIMITS = 11,
        SPEC_OPTION_LIMIT = OPTION_BASE + 200,
};

/* Appends their `struct option`. */
void spec_limits_append_options(GArray *options);

/* Takes an option from SPEC_OPTION_LIMIT on; what was given before for it is forgotten. */
int spec_limits_take(const Ctl *c, GVariant **values, int option);

/* Appends those that were given as "{sv}". Negative errno. */
int spec_limits_append(sd_bus_message *m, GVariant *const *values);

void spec_limits_done(GVariant **values);

bool spec_limits_are_given(GVariant *const *values);
