/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/*
 * The verbs by name: what there is to say of them, not what they do.
 */

typedef enum VerbId {
        VERB_START,
        VERB_RUN,
        VERB_LIST,
        VERB_SHOW,
        VERB_STATUS,
        VERB_RECEIVE,
        VERB_WAIT,
        VERB_STOP,
        VERB_KILL,
        VERB_SET,
        VERB_SUSPEND,
        VERB_RESUME,
        VERB_REMOVE,
        VERB_MONITOR,
        _VERB_MAX,
        _VERB_INVALID = -1,
} VerbId;

/* _VERB_INVALID if there is none of that name. */
VerbId verb_from_string(const char *name);

/*
 * What is meant by the words behind the options before the verb: none is list, a job alone is its status,
 * "help VERB" is its --help, and some verbs have another name. `ret`: the words for the verb, which is the
 * first, and NULL behind them. _VERB_INVALID if it is none.
 */
VerbId verb_understand(char **words, GPtrArray *ret);

/* The verb that may have been meant, or NULL. */
const char *verb_nearest(const char *word);

const Verb *verb_at(VerbId id);
