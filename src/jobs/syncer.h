/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/job-id.h"

/*
 * Brings what jobs have written to the disk, in a thread of its own: that takes as long as the disk likes.
 * All that was asked for while one pass was under way is done by the next one: so many jobs that end at once
 * cost one.
 *
 * A pass for a few brings the files of these; one for many the whole file system, which costs about as much
 * as the files of two or three. Not always that: while somebody copies a large file it takes seconds (3.4 s,
 * against 0.03 s for a job's own files), and each end would wait for it.
 */

typedef struct Syncer Syncer;

/* All that was asked for up to the number `done` is on the disk; or the disk says, −errno, that it is
 * not. */
typedef void (*SyncerFunc)(uint64_t done, int r, void *userdata);

/* `dir_fd`: of the state directory, which it keeps open, too. `on_done` is called from the loop. −errno. */
int syncer_new(sd_event *event, int dir_fd, SyncerFunc on_done, void *userdata, Syncer **ret);

/* Does not wait for a pass that is under way. */
void syncer_free(Syncer *syncer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Syncer, syncer_free)

/* What this job has written up to now. Does not wait. The number of this request, each greater than the one
 * before. */
uint64_t syncer_ask(Syncer *syncer, JobId id);
