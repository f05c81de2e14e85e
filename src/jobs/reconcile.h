/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/* Takes up every unfinished job that an earlier jobd left. The table of cases stands in reconcile.c. After
 * jobs_set_events(). */
void jobs_reconcile(Jobs *jobs, sd_bus *bus);
