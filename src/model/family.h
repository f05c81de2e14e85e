/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/job.h"

/*
 * A job that has children: what it is follows from what they are, and from nothing else. All is computed
 * anew from the children of now, never counted up, so that no event can be missed or come twice.
 */

/* How many children are in each state. */
typedef struct FamilyCounts {
        guint in[_JOB_STATE_MAX];
        guint n;    /* in all */
        bool begun; /* one of them has been started, whatever became of it */
} FamilyCounts;

FamilyCounts family_count(const Job *parent);

/* The parent's state. There is a child. */
JobState family_state(const FamilyCounts *counts);

/* How it has ended: all children are finished. */
void family_outcome(const Job *parent, Outcome *ret);

/* When the first child began and the last one ended, µs since 1970; 0: none has. */
uint64_t family_begun(const Job *parent);
uint64_t family_ended(const Job *parent);

/* The first child that waits for a place in the family; NULL: none does. *ret_running: how many have one
 * now. */
Job *family_next(const Job *parent, guint *ret_running);

/* Why the children wait that have no place; for the caller to free. */
char *family_dup_reason(const Job *parent, guint running);
