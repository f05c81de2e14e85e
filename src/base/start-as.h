/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * What a job as another user or group may take from its caller, by the same rules in jobd and in jobctl.
 */

/* Absolute, and spelled in one way only: a rule about a folder must not be led out of it by "..". */
bool path_is_normal(const char *path);

/* TERM, LANG and LC_*, which only say how to write on a terminal and in which language; and not with a value
 * that could name a file or a format. */
bool variable_goes_along(const char *assignment);
