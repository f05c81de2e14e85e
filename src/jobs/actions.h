/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"
#include "output/cache-read.h"

/*
 * What is done to jobs, for whoever has it done: who may, has been decided before. All return 0 or a
 * negative error, with or without a text in `error`.
 */

/* Whether there is room for so many more jobs, of this owner and size: LimitExceeded if not. */
int jobs_check_limits(Jobs *jobs, const JobRequest *request, uint32_t n, uid_t owner, sd_bus_error *error);

/* There is room. Accepts a job; takes the request in any case. The job is in the table, nothing has been
 * started yet. */
int jobs_accept(Jobs *jobs, JobRequest *request, uid_t owner, Job **ret, sd_bus_error *error);

/* The same of a parent whose children run the commands (of char **, each with a word; they are taken), so
 * many at once. The request's own command is the one that people see. At most FAMILY_CHILDREN_MAX. */
int jobs_accept_family(Jobs *jobs, JobRequest *request, GPtrArray *commands, uint32_t throttle, uid_t owner,
                       Job **ret, sd_bus_error *error);

/* So many children of this parent run at once from now on. */
int jobs_set_throttle(Jobs *jobs, Job *parent, uint32_t throttle, sd_bus_error *error);

/* After that was told: it starts as soon as may be. */
void jobs_launch(Jobs *jobs, Job *job);

/* The job is not finished. It may be when this returns. */
int jobs_stop(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error);
int jobs_kill(Jobs *jobs, Job *job, int signo, bool all, uid_t by, sd_bus_error *error);

/* It is frozen, or thawed, later: its state tells, or its reason, if it could not be. */
int jobs_suspend(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error);
int jobs_resume(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error);

/* The job is finished. It is freed, and the table's observer has been told, when this returns 0. */
int jobs_remove(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error);

/* Output up to there has been received. */
int jobs_consume(Jobs *jobs, Job *job, uint64_t to, sd_bus_error *error);

/* As cache_read() and cache_open_segment(). What is found to be damaged meanwhile is told. */
int jobs_read_output(Jobs *jobs, Job *job, uint64_t position, uint64_t max_bytes, CacheFrameFunc func,
                     void *userdata, uint64_t *ret_next);
int jobs_open_output(Jobs *jobs, Job *job, uint64_t position, int *ret_fd, uint64_t *ret_start,
                     uint64_t *ret_end);

/* Of a job whose words are in its record alone. */
int jobs_load_request(Jobs *jobs, const Job *job, JobRequest **ret);

/* For the record: `by` has no right to that, or no room. `id` is 0 if it is about no job. */
void jobs_refused(Jobs *jobs, uid_t by, const char *member, JobId id, const char *why);
