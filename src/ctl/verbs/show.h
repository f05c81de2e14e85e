/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/* Shows all that is known of these jobs (of JobId), in JSON if the caller wants that. */
int show_jobs(Ctl *c, const GArray *ids);
