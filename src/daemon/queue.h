/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/manager.h"

/*
 * Jobs that wait for their turn: while too many are running (RunningMax=) or starting. What is to be run stands in
 * the job's "spec" file from here to its start, with the environment, and is erased then: a job without one has
 * been given to systemd and never is again.
 */

/* Starts it at once if there is room, or puts it at the end. */
void queue_push(Manager *manager, Job *job);

/* A job that an earlier jobd had accepted and not started; its spec is on disk. */
void queue_push_stored(Manager *manager, Job *job);

void queue_remove(Manager *manager, const Job *job);

/* There may be room now. */
void queue_run(Manager *manager);
