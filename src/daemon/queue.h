/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/manager.h"

/*
 * Jobs that wait for their turn: while too many are running, in all (RunningMax=) or of their owner
 * (UserRunningMax=), or too many are starting. Users are served in turn: who has fewest running is next,
 * with his oldest job; between equals the older job. What is to be run stands in
 * the job's "spec" file from its acceptance on, with the environment. It is "sent" from the call to systemd
 * until systemd says that the job runs, and is erased then: a jobd that is killed in between cannot know.
 */

/* Of nobody's jobs yet; for Manager.waiting. */
GHashTable *queue_new(void);

/* A job that is about to be accepted: from here on it survives jobd. */
int queue_save(Manager *manager, const Job *job);

/* Starts it at once if there is room, or puts it at the end. */
void queue_push(Manager *manager, Job *job);

/* A job that an earlier jobd had accepted and not started, or that was sent to systemd and did not get
 * there; its spec is on disk. */
void queue_push_unsent(Manager *manager, Job *job);

/* The latter; systemd takes no starts now, or (`shortage`: −errno) jobd lacks what it takes, or the disk
 * does not answer. Nothing is started for a moment; if that does not help, for longer and longer. */
void queue_postpone(Manager *manager, Job *job, int shortage);

/* −errno: for want of descriptors or memory, or of an answer of the disk, the job waits as well; otherwise
 * it has failed. */
void queue_cannot_start(Manager *manager, Job *job, int r);

void queue_remove(Manager *manager, const Job *job);

/* There may be room now. */
void queue_run(Manager *manager);

/* The same in the next turn of the loop: from callbacks of parts that starting a job needs, too. */
void queue_run_soon(Manager *manager);
