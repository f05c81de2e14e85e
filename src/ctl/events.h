/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/jobs.h"
#include "ctl/ctl.h"

/*
 * What happens to jobs, a line each, and what has been told of them so far: so that what one did not hear of
 * can be told once, too.
 */

typedef struct Events {
        Ctl *c;
        JobMap *known; /* id → name, and the state that was told last */
        int status;    /* of printing */
} Events;

Events events_init(Ctl *c);
void events_done(Events *e);

/* How it stands is known, and need not be told. */
void events_learn(Events *e, const Job *job);
bool events_know(const Events *e, JobId id);

/* A signal has told that. What does not follow from what is known is passed over: the list, which was asked
 * for after the signals were, has told of it already. */
void events_new(Events *e, JobId id);
void events_state(Events *e, JobId id, const char *state, const char *previous, const char *reason);
void events_removed(Events *e, JobId id);

/* All in which the job has become another one than was told. */
void events_difference(Events *e, const Job *job);

/* The jobs that were told of, and are not in the list any more. */
void events_forget_missing(Events *e, const JobList *list);
