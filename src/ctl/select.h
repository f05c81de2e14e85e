/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/jobs.h"
#include "ctl/ctl.h"

/*
 * JOB words. Digits are an id, always, and 7.2 a child; a UUID is a UUID; anything else a name: as it
 * stands, or, if no job is called that, as a pattern (fnmatch(3), a backslash escapes).
 */

typedef enum SelectorKind {
        SELECTOR_ID,
        SELECTOR_UUID,
        SELECTOR_NAME,
        SELECTOR_INVALID, /* a number that is no id */
} SelectorKind;

typedef struct Selector {
        SelectorKind kind;
        JobId id;
        char uuid[37];
} Selector;

Selector selector_parse(const char *word);

/* True if the name has a wildcard that no backslash takes away. */
bool selector_is_pattern(const char *word);

/*
 * The jobs that `words` mean, each once, at its first place, appended to `found` (of JobId). A word that
 * means none is said on stderr, and the answer is STATUS_NOT_FOUND, with the others found all the same.
 * `list`: with Name, InstanceId and Owner; NULL if no word is a name or a UUID: ids are then taken as they
 * are. `owner`: names are those of this user's jobs; NULL: everybody's. `children`: names may be theirs,
 * and a job that is meant brings its own along.
 */
int select_from(const Ctl *c, const JobList *list, char **words, const uint32_t *owner, bool children,
                GArray *found);

/* The job of that id in the list, or NULL. */
const Job *job_list_find(const JobList *list, JobId id);
