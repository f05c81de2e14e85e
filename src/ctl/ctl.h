/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/client.h"

/*
 * What every verb of jobctl shares. A verb returns the exit status of the program, and so does a helper that
 * can fail (client/client.h).
 */

typedef enum JsonMode {
        JSON_OFF,
        JSON_SHORT,
        JSON_PRETTY,
} JsonMode;

typedef struct Verb {
        const char *name;
        const char *usage;   /* what stands behind the name */
        const char *summary; /* one line */
        int min_args;        /* words behind the verb and its options */
} Verb;

typedef struct Ctl {
        const Verb *verb;
        Client client; /* host: of -H */
        JsonMode json;
        bool no_legend;
        bool no_pager;
        bool help;
        bool version;
} Ctl;

/* The verbs, a file each. argv[0] is the verb. */
int verb_start(Ctl *c, int argc, char **argv);
int verb_run(Ctl *c, int argc, char **argv);
int verb_list(Ctl *c, int argc, char **argv);
int verb_show(Ctl *c, int argc, char **argv);
int verb_status(Ctl *c, int argc, char **argv);
int verb_receive(Ctl *c, int argc, char **argv);
int verb_wait(Ctl *c, int argc, char **argv);
int verb_stop(Ctl *c, int argc, char **argv);
int verb_kill(Ctl *c, int argc, char **argv);
int verb_set(Ctl *c, int argc, char **argv);
int verb_suspend(Ctl *c, int argc, char **argv);
int verb_resume(Ctl *c, int argc, char **argv);
int verb_remove(Ctl *c, int argc, char **argv);
int verb_monitor(Ctl *c, int argc, char **argv);
