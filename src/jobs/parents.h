/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/* A parent goes after its children: it has no unit, no output and no turn of its own. */

/* `child` has changed, and everybody has been told. */
void parents_follow(Jobs *jobs, const Job *child, JobChange what);

/* Its children are what they are. From the start of jobd on. */
void parents_catch_up(Jobs *jobs, Job *parent);
