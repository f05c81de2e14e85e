/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "base/job-id.h"

/*
 * Ends of jobs that are written and not told yet, for the next jobd: it tells them. One that dies in the
 * moment in between leaves ends that are told twice, and never one that is not told. A file of ids, empty
 * while there is nothing to tell.
 */

typedef struct Untold Untold;

/* In the directory of jobs. −errno. */
int untold_new(sd_event *event, int dir_fd, Untold **ret);
void untold_free(Untold *untold);

/* Before the record of a job's end is saved. */
void untold_add(Untold *untold, JobId id);

/* All that were added are told, or about to be in this turn of the loop. */
void untold_clear(Untold *untold);

/* What an earlier jobd has left. −errno. */
int untold_read(const Untold *untold, void (*found)(JobId id, void *userdata), void *userdata);
