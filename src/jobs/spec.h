/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/job.h"

/* What jobd-exec is given on descriptor 0; its layout is wire/exec-spec.h. */
GBytes *spec_compose(const Job *job);

/* A sealed memfd of it, standing at its beginning. */
int spec_open(GBytes *spec, Fd *ret);
