/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "wire/exec-spec.h"

/*
 * How limited the process behind a call is, as far as everybody may see it: jobd has no capabilities.
 * `pidfd`: of that process, as of process_look(). −ESRCH: it is gone, or cannot be seen; then nothing is
 * known.
 */
int process_limits_look(pid_t pid, int pidfd, ExecLimits *ret);
