/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/options.h"

/* What `jobctl --help` and `jobctl VERB --help` show: the verb's own options, and those that there are
 * everywhere. Returns the exit status. */
int help_print(const Ctl *c, const Options *own, const Options *everywhere);
