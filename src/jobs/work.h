/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "jobs/jobs.h"

/*
 * What runs a job, from its turn to its end: unit, control socket and output come together here.
 *
 *   work_start()           memfd, socket pair, collector, StartTransientUnit
 *     command executes     → Running
 *     unit ended       ┐
 *     output complete  ┘   both → outcome, record saved and on the disk, unit let go, state announced
 *
 * A job that systemd never ran has no output to wait for.
 */

typedef struct Work Work;

/* It is the job's turn. `stored_spec`: of the record, or NULL. −errno: it has not started. */
int work_start(Jobs *jobs, Job *job, GBytes *stored_spec);

/* An earlier jobd started it, or, in doubt, may have: if there is no trace of it, it waits again. */
void work_adopt(Jobs *jobs, Job *job, bool in_doubt);

/* The control socket that the earlier jobd stored; taken. Before work_adopt(): kept until then. */
void work_take_socket(Jobs *jobs, JobId id, int fd);

/* NULL: not started, or finished. */
Work *work_find(const Jobs *jobs, JobId id);

/* The command has ended; what is left is to read the rest of its output. */
bool work_is_over(const Work *work);

int work_stop(Work *work);

/* Freezes it, or thaws it. May be said again, and taken back. */
int work_freeze(Work *work, bool freeze);

/* To the command, or to all of the job's processes. */
int work_kill(Work *work, int signo, bool all);
void work_free(Work *work);

/* For the collector. */
extern const CollectorEvents work_collector_events;
