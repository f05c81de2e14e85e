/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/output-state.h"

/*
 * How much disk all jobs of one owner take: the segment files of their output, from the first to the end of
 * the last, what has been received of them counted; those that are gone but held open (held.h); and their
 * records, as a command may have 2 MiB. One limit for each owner but root, who has none.
 *
 * Whoever adds output at the limit gives way: a job's cache drops its own oldest segments, or its jobd-exec
 * is allowed less. Nobody's account touches another job's output.
 */

typedef struct Accounts {
        uint64_t limit; /* of each; UINT64_MAX: none */
        GHashTable *by_owner;
        Fd held_dir; /* STATEDIR/held */
        guint n_held;
} Accounts;

typedef struct OutputAccount {
        OutputSum sum; /* the first: see account_of() */
        Accounts *all;
        GQueue held; /* of Held, the oldest first */
} OutputAccount;

/* Empties STATEDIR/held of what an earlier jobd left. −errno. */
int accounts_new(int state_dir, Accounts **ret);
void accounts_free(Accounts *accounts);

/* NULL for root. Stays until accounts_free(). */
OutputAccount *accounts_of(Accounts *accounts, uid_t owner);

/* The one that a job counts for. NULL: of root, or none yet. */
static inline OutputAccount *account_of(const OutputState *state) {
        return (OutputAccount *) (void *) state->account;
}

/* From here on a job counts: with the output that it has already, and its record. NULL: of root. */
void account_open(OutputAccount *account, OutputState *state, uint64_t record_size);

/* Job, output and record are gone. */
void account_close(OutputState *state, uint64_t record_size);

/* What one job takes was `before`, and is what `state` says. */
void account_change(const OutputState *state, uint64_t before);

/* Bytes of disk that the job may take, with those that it does. UINT64_MAX: any. */
uint64_t account_room(const OutputState *state);

/* More is taken than may be; not, if letting go of what nobody holds open any more helps. NULL never is. */
bool account_is_over(OutputAccount *account);

/*
 * How many bytes more a job in block mode may write now. Little at a time, so that many such jobs that were
 * all told so do not go far beyond the limit: at most a sixteenth, with 1024 of them. And something in any
 * case to a job whose output has all been received: what it takes goes with the next segment. It only
 * calculates: what is held open is not looked at for each job, but once for all of them (collector_freed()).
 */
uint64_t account_grant(const OutputState *state);
