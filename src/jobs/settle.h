/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/* The end of any job: what that means is decided, saved, and told when it is on the disk. `unit`: taken;
 * NULL for none. */
void jobs_settle(Jobs *jobs, Job *job, const OutcomeInput *known, Unit *unit);

/* The same, of what is decided: it ended so, at that time (µs since 1970). */
void jobs_settle_as(Jobs *jobs, Job *job, const Outcome *outcome, uint64_t at, Unit *unit);

/* Of one that never ran: stopped while it waited, or it could not be started (`start_error`). */
void jobs_settle_unstarted(Jobs *jobs, Job *job, const char *start_error);
