/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/*
 * What is to be run stands in the job's "spec" file from its acceptance on, with the environment. It is
 * "sent" from the call to systemd until systemd says that the job runs, and is erased then: a jobd that is
 * killed in between cannot know.
 */

/* A job that is about to be accepted: from here on it survives jobd. −errno. */
int jobs_save_spec(Jobs *jobs, const Job *job);

/* It is its turn. `stored`: its words may be on disk alone. −errno: it has not started. */
int jobs_start(Jobs *jobs, Job *job, bool stored);

/* An earlier jobd had accepted it and not started, or it was sent to systemd and did not get there. False:
 * it cannot wait (any more), and has ended. */
bool jobs_unsend(Jobs *jobs, Job *job);
