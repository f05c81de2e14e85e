/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wire/exec-spec.h"

/*
 * Makes this process as limited as that, and never less than it is: so no right is needed. −errno, and errno
 * is set. It may be dumpable from then on: it has only what the command may have, too.
 */
int limits_apply(const ExecLimits *limits);
