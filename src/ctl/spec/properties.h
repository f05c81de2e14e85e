/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/*
 * -p of start and run: which unit properties jobd has an option for.
 */

/* The name of the option that NAME=VALUE is the same as; NULL: none, it is a unit property. */
const char *property_option(const char *assignment);

/* Lists those, and then the unit properties that there are. */
int property_help(const Ctl *c);
