/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/request.h"

/*
 * The limits of the process that starts a job: no job is less limited than whoever started it, except where
 * an option says otherwise. Pure: what /proc has of the process is read elsewhere.
 */

/* The text of /proc/PID/limits; −EBADMSG if a line is missing or is not one. */
int process_limits_read_resources(ExecLimits *limits, const char *text);

/* The list of processors that it may run on, as /proc/PID/status has it. `all`: that of PID 1, which is no
 * limit. One that is too long loses some of its processors. */
void process_limits_set_cpus(ExecLimits *limits, const char *list, const char *all);

/* SCHED_*, as the kernel has it. Real-time policies are no limit. */
void process_limits_set_policy(ExecLimits *limits, uint64_t policy);

/* As of ioprio_get(2). The real-time class is no limit. */
void process_limits_set_io(ExecLimits *limits, int priority);

/* All but the login id. */
void process_limits_forget(ExecLimits *limits);

/* The job's own options count instead: Nice, and raw properties. */
void process_limits_set_aside(ExecLimits *limits, const JobRequest *request);
