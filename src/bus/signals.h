/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "bus/internal.h"

/*
 * The signals, one function each: to everybody, as long as what is not read of them is bounded (unread.h),
 * and to who subscribed (subscribers.h). When each is sent: changes.c.
 */

/* False: not to everybody, who is to be told later. */
bool signal_job_properties(BusServer *server, const Job *job, JobChange what);
bool signal_manager_properties(BusServer *server);

void signal_state(BusServer *server, JobId id, JobState state, JobState previous, const char *reason);

/* JobNew, JobRemoved. */
void signal_job(BusServer *server, const char *member, JobId id);
