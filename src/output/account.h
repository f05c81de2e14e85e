/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "model/output-state.h"

/*
 * How much disk the output of all jobs of one owner takes: their segment files from the first to the end of the last,
 * what has been received of them counted, and those that are gone but held open (held.h). One limit for each owner
 * but root, who has none.
 *
 * Whoever adds output at the limit gives way: a job's cache drops its own oldest segments, or its jobd-exec is allowed
 * less. Nobody's account touches another job's output.
 */

typedef struct Accounts {
        uint64_t limit; /* of each; UINT64_MAX: none */
        GHashTable *by_owner;
        Fd held_dir; /* STATEDIR/held */
        guint n_held;
} Accounts;

typedef struct OutputAccount {
        Accounts *all;
        uint64_t bytes;
        GQueue held; /* of Held, the oldest first */
} OutputAccount;

/* Empties STATEDIR/held of what an earlier jobd left. −errno. */
int accounts_new(int state_dir, Accounts **ret);
void accounts_free(Accounts *accounts);

/* NULL for root. Stays until accounts_free(). */
OutputAccount *accounts_of(Accounts *accounts, uid_t owner);

/* A job that has output already is known from here on. */
void account_open(OutputAccount *account, OutputState *state);

/* What one job takes was `before`, and is what `state` says. */
void account_change(const OutputState *state, uint64_t before);

/* Bytes of disk that the job may take, with those that it does. UINT64_MAX: any. */
uint64_t account_room(const OutputState *state);

/* More is taken than may be; not, if letting go of what nobody holds open any more helps. NULL never is. */
bool account_is_over(OutputAccount *account);

/*
 * How many bytes more a job in block mode may write now. Little at a time, so that many such jobs that were all told
 * so do not go far beyond the limit: at most a sixteenth, with 1024 of them. And something in any case to a job whose
 * output has all been received: what it takes goes with the next segment.
 */
uint64_t account_grant(const OutputState *state);
