/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "ctl/verbs.h"

static const Verb verbs[_VERB_MAX] = {
        [VERB_START] = { "start", "[OPTION…] [--] COMMAND…", "Start a job, print its id", 1 },
        [VERB_RUN] = { "run", "[OPTION…] [--] COMMAND…", "Start a job, show its output, end as it does", 1 },
        [VERB_LIST] = { "list", "[OPTION…] [JOB…]", "List jobs", 0 },
        [VERB_SHOW] = { "show", "[OPTION…] JOB…", "Show everything about jobs, for programs", 1 },
        [VERB_STATUS] = { "status", "JOB…", "Show how jobs are doing, and their last output", 1 },
        [VERB_RECEIVE] = { "receive", "[OPTION…] JOB…", "Take the output of jobs", 1 },
        [VERB_WAIT] = { "wait", "[OPTION…] JOB…", "Wait until jobs have finished", 1 },
        [VERB_STOP] = { "stop", "[OPTION…] JOB…", "Stop jobs", 1 },
        [VERB_KILL] = { "kill", "[OPTION…] JOB…", "Send jobs a signal", 1 },
        [VERB_REMOVE] = { "remove", "[OPTION…] JOB…", "Remove finished jobs and their output", 1 },
        [VERB_MONITOR] = { "monitor", "[JOB…]", "Show changes as they happen", 0 },
};

VerbId verb_from_string(const char *name) {
        for (VerbId id = 0; id < _VERB_MAX; id++)
                if (strcmp(verbs[id].name, name) == 0)
                        return id;
        return _VERB_INVALID;
}

const Verb *verb_at(VerbId id) {
        return &verbs[id];
}
