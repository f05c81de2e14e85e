/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "daemon/manager.h"

/*
 * The life of a job from its turn to its end: unit, control socket and output come together here.
 *
 *   run_start()            memfd, socket pair, collector, StartTransientUnit
 *     command executes     → Running
 *     unit ended       ┐
 *     output complete  ┘   both → outcome, record saved and on the disk, unit let go, state announced
 *
 * A job that systemd never ran has no output to wait for.
 */

typedef struct Run Run;

/* It is the job's turn. `stored_spec`: of the record, or NULL. A failure finishes the job; a lack of
 * descriptors or memory, or a disk that does not answer, puts it back into the queue. */
void run_start(Manager *manager, Job *job, GBytes *stored_spec);

/* An earlier jobd started it, or, in doubt, may have: if there is no trace of it, it goes back into the
 * queue. */
void run_adopt(Manager *manager, Job *job, bool in_doubt);

/* The control socket that the earlier jobd stored; taken. Before run_adopt(): kept until then. */
void run_take_socket(Manager *manager, JobId id, int fd);

/* NULL: not started, or finished. */
Run *run_find(Manager *manager, JobId id);

/* The command has ended; what is left is to read the rest of its output. */
bool run_is_over(const Run *run);

int run_stop(Run *run);

/* To the command, or to all of the job's processes. */
int run_kill(Run *run, int signo, bool all);
void run_free(Run *run);

/* A job that never ran ends: stopped in the queue, or it could not be started (`start_error`). */
void run_finish_unstarted(Manager *manager, Job *job, const char *start_error);

/* For the collector. */
extern const CollectorEvents run_collector_events;
