/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/spec/spec.h"

/*
 * --uid= and --gid=: whether the job is started as somebody else. Then nothing of the caller's goes with it
 * but his language and terminal, and it is the other's directory, and rights, that count.
 */

/* Looks both up, and sets `as_other`. */
int spec_identity(const Ctl *c, Spec *s);

/* Whether the program is named so that there is no doubt which one runs. */
int spec_check_absolute(const Ctl *c, const Spec *s);
