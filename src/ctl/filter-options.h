/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/options.h"

/* Its row gives way to one of the verb's own with this value, which says what it means there. */
#define FILTER_STATE OPTION_FILTERS

/* The options of each verb that takes jobs, by which they are chosen. */
extern const Options filter_options;

/* 0: it was one of those; otherwise what options_next() returns. */
int filter_options_take(const Ctl *c, Filters *f, int option);
