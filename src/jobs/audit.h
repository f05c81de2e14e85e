/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "model/job.h"

/*
 * The audit trail: what becomes of every job, and who did it, as entries of the system's journal. Nothing
 * here waits, fails, or changes what becomes of a job. The system's journal is for root and the group adm to
 * read, so a command may be in it; an environment is not.
 */

typedef struct Audit Audit;

/* `socket`: journald's. */
int audit_new(sd_event *event, const char *socket, Audit **ret);
/* Tells what has been left out so far. */
void audit_free(Audit *audit);

void audit_accepted(Audit *audit, const Job *job);
/* It may have been started, or have finished. */
void audit_job_changed(Audit *audit, const Job *job, JobState previous);
void audit_stopped(Audit *audit, const Job *job, uid_t by);
void audit_suspended(Audit *audit, const Job *job, uid_t by);
void audit_resumed(Audit *audit, const Job *job, uid_t by);
void audit_killed(Audit *audit, const Job *job, int signo, uid_t by);
void audit_removed(Audit *audit, const Job *job, uid_t by);

/* So many bytes of its output, more than were told before, cannot be read on the disk any more. */
void audit_damaged(Audit *audit, const Job *job, uint64_t bytes);

/* A call that its caller may not make, or not so often; `job` is NULL if it is about none. */
void audit_refused(Audit *audit, uid_t by, const char *member, const Job *job, const char *why);
