/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/filters.h"

/*
 * The jobs that a verb is about: those that words name, those that filters choose, or, with both, those of
 * the named ones that the filters leave. Filters alone are about the caller's jobs, root's are about
 * everybody's.
 *
 * A word that means no job is told on stderr, and the answer is STATUS_NOT_FOUND, with the others there all
 * the same. That a filter leaves none is no error.
 */
typedef struct Selection {
        JobList list;
        GPtrArray *jobs; /* of Job in the list: as they were named, or by their ids; NULL: it failed */
} Selection;

void selection_done(Selection *s);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Selection, selection_done)

/* With these properties (NULL behind the last), and those that the filters need. */
int selection_fetch(Ctl *c, const Filters *f, char **words, const char *const *properties, Selection *ret);

/*
 * Their ids alone, appended to `found` (of JobId). Ids that are named are taken as they are if there is no
 * filter: what is then done with them tells whether they exist.
 */
int selection_ids(Ctl *c, const Filters *f, char **words, GArray *found);
