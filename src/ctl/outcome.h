/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/jobs.h"

/* What a person must know after a job's output: that it failed and why, and that some of it is missing. */
void outcome_tell(const Job *job);

/* The lines about missing output alone. */
void outcome_tell_missing(const Job *job);

/* The exit status that passes on how the job ended, as a shell would. */
int outcome_status(const Job *job);
