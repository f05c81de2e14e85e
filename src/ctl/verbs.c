/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "ctl/select.h"
#include "ctl/verbs.h"

static const Verb verbs[_VERB_MAX] = {
        [VERB_START] = { "start", "[OPTION…] [--] COMMAND…", "Start a job, print its id", 1 },
        [VERB_RUN] = { "run", "[OPTION…] [--] COMMAND…", "Start a job, show its output, end as it does", 1 },
        [VERB_LIST] = { "list", "[OPTION…] [JOB…]", "List jobs", 0 },
        [VERB_SHOW] = { "show", "[OPTION…] JOB…", "Show everything about jobs, for programs", 1 },
        [VERB_STATUS] = { "status", "[OPTION…] [JOB…]", "Show how jobs are doing, and their last output",
                          0 },
        [VERB_RECEIVE] = { "receive", "[OPTION…] JOB…", "Take the output of jobs", 1 },
        [VERB_WAIT] = { "wait", "[OPTION…] JOB…", "Wait until jobs have finished", 1 },
        [VERB_STOP] = { "stop", "[OPTION…] JOB…", "Stop jobs", 1 },
        [VERB_KILL] = { "kill", "[OPTION…] JOB…", "Send jobs a signal", 1 },
        [VERB_SET] = { "set", "OPTION JOB…", "Change what jobs may do while they run", 1 },
        [VERB_SUSPEND] = { "suspend", "[OPTION…] JOB…", "Have jobs stand still", 1 },
        [VERB_RESUME] = { "resume", "[OPTION…] JOB…", "Have suspended jobs go on", 1 },
        [VERB_REMOVE] = { "remove", "[OPTION…] JOB…", "Remove finished jobs and their output", 1 },
        [VERB_MONITOR] = { "monitor", "[JOB…]", "Show changes as they happen", 0 },
};

/* What other programs call them; the output of a job stays there with "logs", as it does there. */
static const struct {
        const char *name, *verb, *option;
} aliases[] = {
        { "ps", "list", NULL },
        { "ls", "list", NULL },
        { "logs", "receive", "--keep" },
        { "rm", "remove", NULL },
};

VerbId verb_from_string(const char *name) {
        for (VerbId id = 0; id < _VERB_MAX; id++)
                if (strcmp(verbs[id].name, name) == 0)
                        return id;
        return _VERB_INVALID;
}

static void add(GPtrArray *words, const char *word) {
        g_ptr_array_add(words, (void *) word);
}

/* The first word, as a verb and its option. */
static void add_verb(GPtrArray *words, const char *word) {
        for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++)
                if (strcmp(aliases[i].name, word) == 0) {
                        add(words, aliases[i].verb);
                        if (aliases[i].option)
                                add(words, aliases[i].option);
                        return;
                }
        add(words, word);
}

VerbId verb_understand(char **words, GPtrArray *ret) {
        bool help = words[0] && words[1] && strcmp(words[0], "help") == 0;

        if (!words[0])
                add(ret, "list");
        else if (selector_parse(words[0]).kind != SELECTOR_NAME)
                add(ret, "status");
        else {
                add_verb(ret, words[help]);
                words += help + 1;
        }
        if (help)
                add(ret, "--help");
        for (; *words; words++)
                add(ret, *words);
        add(ret, NULL);
        return verb_from_string(ret->pdata[0]);
}

#define LENGTH_MAX 16U

/* How many letters have to be put in, left out, changed or exchanged with the next. */
static unsigned distance(const char *a, const char *b) {
        unsigned d[LENGTH_MAX + 1][LENGTH_MAX + 1];
        size_t n = strlen(a), m = strlen(b);

        for (size_t i = 0; i <= n; i++)
                for (size_t j = 0; j <= m; j++) {
                        if (i == 0 || j == 0) {
                                d[i][j] = (unsigned) (i + j);
                                continue;
                        }
                        d[i][j] = MIN(d[i - 1][j], d[i][j - 1]) + 1;
                        d[i][j] = MIN(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                d[i][j] = MIN(d[i][j], d[i - 2][j - 2] + 1);
                }
        return d[n][m];
}

const char *verb_nearest(const char *word) {
        unsigned least = 3; /* more is not a slip */
        const char *nearest = NULL;

        if (strlen(word) > LENGTH_MAX)
                return NULL;
        for (VerbId id = 0; id < _VERB_MAX; id++) {
                unsigned n = distance(word, verbs[id].name);

                /* something of it must be there */
                if (n < least && n + 1 < strlen(verbs[id].name)) {
                        least = n;
                        nearest = verbs[id].name;
                }
        }
        return nearest;
}

const Verb *verb_at(VerbId id) {
        return &verbs[id];
}
