/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/* From now on what the job takes of the disk is on its owner's account. */
void limits_count(Jobs *jobs, Job *job);

/* Whether so many more jobs may be accepted: in all, of this owner, of this size. LimitExceeded, with number
 * and setting. */
int limits_check(Jobs *jobs, uid_t owner, const JobRequest *request, uint32_t n, sd_bus_error *error);
