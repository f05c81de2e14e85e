/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/spec/spec.h"

/*
 * -p of start and run: what jobd has an option for is that option, which everybody may give; the rest goes
 * on as it is.
 */

/* Takes the argument of -p, in optarg; returns SPEC_ANSWERED as well. */
int spec_take_property(const Ctl *c, Spec *s);
