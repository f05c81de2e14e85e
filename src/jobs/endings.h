/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "base/job-id.h"
#include "model/job-table.h"
#include "systemd/unit-driver.h"

/*
 * Jobs that have ended, on their way to being told:
 *
 *   settled      job_settle(), endings_add(); to everybody the job goes on
 *     record saved         → the disk is asked, for all that ended meanwhile at once
 *     on the disk          → job_finish(): whoever is told of an end, it survives the power; the unit is let
 *                          go
 *
 * One that dies before they are told leaves their ids to the next jobd (untold.h).
 *
 * A disk that does not answer, or has no room, holds nobody for ever: after ENDING_WAIT_USEC the end is told
 * all the same, and the log says so. But what systemd knows of it stays until the record is saved: a jobd
 * that is killed before finds it there.
 */

typedef struct Endings Endings;

#define ENDING_WAIT_USEC (UINT64_C(5) * 1000 * 1000)

/* `jobs` is borrowed. `wait_usec`: ENDING_WAIT_USEC. Without endings_sync() nobody waits for the disk. */
Endings *endings_new(sd_event *event, JobTable *jobs, uint64_t wait_usec);

/* Of what is saved no unit is kept. */
void endings_free(Endings *endings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endings, endings_free)

/* From now on what is in the file system of `dir_fd` is brought to the disk first. −errno. */
int endings_sync(Endings *endings, int dir_fd);

/* From now on a file in `dir_fd` knows which are not told; and those that an earlier jobd has not told, or,
 * killed in that moment, may have. −errno. */
int endings_remember(Endings *endings, int dir_fd);
int endings_of_before(Endings *endings, void (*found)(JobId id, void *userdata), void *userdata);

/* The job is settled, and about to be saved. Takes the unit, which may be NULL. */
void endings_add(Endings *endings, const Job *job, Unit *unit);

/* Its record is saved. For unsaved_new(). */
void endings_saved(Job *job, void *endings);

/* Its end has been told, but could not be saved so far. */
bool endings_holds(const Endings *endings, JobId id);

/* The job is no more. */
void endings_forget(Endings *endings, JobId id);
