/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * Brings what has been written to the disk, in a thread of its own: that takes as long as the disk likes. All that was
 * asked for while one pass was under way is done by the next one: so many jobs that end at once cost one.
 */

typedef struct Syncer Syncer;

/* Of the file system of `dir_fd`, of which it keeps a copy. −errno. */
int syncer_new(int dir_fd, Syncer **ret);

/* Does not wait for a pass that is under way. */
void syncer_free(Syncer *syncer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Syncer, syncer_free)

/* What has been written up to now. Does not wait. */
void syncer_ask(Syncer *syncer);
