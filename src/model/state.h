/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/state.h"

/* True if a job may go from one state to the other: the one table of what may follow what. */
bool job_state_may_become(JobState from, JobState to);
