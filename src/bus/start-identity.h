/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/start-options.h"

/*
 * As whom a job runs, and what follows from that: as another user, or with a group that the caller is not
 * in, nothing of the caller's may steer the program but what polkit is told: its arguments, its directory,
 * and, if it has limits or is boxed, those; and its standard input.
 */

/* Settles uid, gid, environment, umask and, for another identity, checks the program; argv is settled
 * already. *ret_other: it is another identity. Errors: InvalidArgument. */
int start_settle_identity(StartOptions *o, const Caller *caller, bool *ret_other, sd_bus_error *error);
