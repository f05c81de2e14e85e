/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/filters.h"
#include "ctl/options.h"

/*
 * What stop, kill and remove have in common: one call to each of many jobs, all under way at once, each
 * failure told for itself.
 */

typedef struct Action {
        const char *what;                                        /* "stop job": for messages */
        const char *done;                                        /* "stopped": for --dry-run */
        const char *member;                                      /* of org.jobd1.Job */
        int (*append)(sd_bus_message *m, const void *arguments); /* its arguments; negative errno */
        const void *arguments;
        const char *fine; /* name of an error that is none, NULL for none */
        bool finished;    /* it is for finished jobs, too */
} Action;

/* Does it to those that are selected, or only says which those are. */
int act_on_selected(Ctl *c, const Action *action, const Filters *filters, char **words, bool dry_run);

/* The options of verbs whose jobd waits until it has come about, unless it is told not to. */
enum {
        ACT_NO_WAIT = OPTION_BASE,
        ACT_DRY_RUN,
};

/* The whole of such a verb, whose method has the option Wait. */
int act_and_wait(Ctl *c, Action *action, const Options *options, int argc, char **argv);

/* Does it to these (of JobId). */
int act_on_jobs(Ctl *c, const Action *action, const GArray *ids);

/* Says which jobs it would be. */
int act_dry_run(Ctl *c, const Action *action, const GArray *ids);

/* "{sv}" with a boolean or string, or nothing if that is the default. */
int append_flag(sd_bus_message *m, const char *name, bool value, bool is_default);
