/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/job.h"

/*
 * The jobs of one user that wait for their turn, and why they do. What keeps one keeps all of his, so the
 * reason is the line's. It may change with each job that starts or ends, and a line may be of 10 000 jobs:
 * they are told some at a time, as one who walks along the line does, and a new reason while he walks costs
 * him no step more.
 */

typedef struct Line {
        uid_t owner;
        char *name;      /* of the owner */
        GSequence *jobs; /* of Job, the least id first */
        char *reason;    /* NULL: none that there are words for */
        JobId told;      /* the last one that was told of it */
        guint n_to_tell; /* so many, the first behind the last one, may not know it yet */
} Line;

Line *line_new(uid_t owner);
void line_free(Line *line);
void line_insert(Line *line, Job *job);
void line_remove(Line *line, const Job *job); /* no effect if it is not there */
bool line_is_empty(const Line *line);
Job *line_first(const Line *line); /* it is not empty */

/* Why they wait now; taken. They are told by line_tell(), some a call: true if there are more to be told. */
void line_set_reason(Line *line, char *reason);
bool line_tell(Line *line);
