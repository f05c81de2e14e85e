/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * Who may call which method: one table. A method that is not in it is refused before it is looked at.
 */

typedef enum Verb {
        VERB_NONE,    /* not in the table: refused */
        VERB_PUBLIC,  /* everybody; what it tells is public, as with ps */
        VERB_START,   /* the job decides which actions are asked for */
        VERB_MANAGE,  /* of one's own job: yes; of somebody else's: org.jobd1.manage */
        VERB_RECEIVE, /* the same with org.jobd1.receive */
        VERB_ROOT,    /* root alone */
} Verb;

Verb verb_find(const char *interface, const char *member);

/* It changes nothing: without an answer there is nothing to do. So are all that are not in the table. */
bool verb_only_answers(const char *interface, const char *member);
