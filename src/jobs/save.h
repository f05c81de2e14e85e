/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/* µs since 1970 UTC. */
uint64_t jobs_now(void);

/* Saves the job; a failure is logged, the old record stays, and it is tried again later. */
void jobs_save(Jobs *jobs, Job *job);

/* The same, and says what came of it. */
int jobs_try_save(Jobs *jobs, Job *job);

/* If more of the job's output was found to be damaged, everybody is told. */
void jobs_tell_damage(Jobs *jobs, Job *job);
