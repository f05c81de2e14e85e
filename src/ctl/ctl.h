/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * What every verb of jobctl shares. A verb returns the exit status of the program. A helper that can fail
 * says what is wrong itself and returns the exit status to give up with, 0 if all is well, unless its
 * comment says otherwise.
 */

enum {
        STATUS_OK = 0,
        STATUS_FAILURE = 1,
        STATUS_USAGE = 2,
        STATUS_NOT_FOUND = 3, /* a JOB that does not exist */
        STATUS_TIMED_OUT = 124,
        STATUS_AWAY = 125, /* jobd went away and did not come back: nothing is known of the job */
        STATUS_CANNOT_EXECUTE = 126,
        STATUS_NO_PROGRAM = 127,
};

typedef enum JsonMode {
        JSON_OFF,
        JSON_SHORT,
        JSON_PRETTY,
} JsonMode;

typedef struct Ctl Ctl;

typedef struct Verb {
        const char *name;
        int min_args;                              /* words behind the verb and its options */
        int (*run)(Ctl *c, int argc, char **argv); /* argv[0] is the verb */
        const char *usage;                         /* what stands behind the name */
        const char *summary;                       /* one line */
        const char *options;                       /* its own, as --help shows them; NULL: none */
} Verb;

struct Ctl {
        const Verb *verb;
        const char *host; /* of -H, NULL: this machine */
        JsonMode json;
        bool no_legend;
        bool no_pager;
        bool no_ask_password;
        bool quiet;
        bool hurry; /* a signal came: jobd is not waited for any more */
        bool help;
        bool version;
        sd_bus *bus;   /* once connected */
        bool welcome;  /* a bus has let us in */
        bool answered; /* and jobd has answered */
        pid_t agent;   /* 0: none has been started */
};

int verb_start(Ctl *c, int argc, char **argv);
int verb_run(Ctl *c, int argc, char **argv);
int verb_list(Ctl *c, int argc, char **argv);
int verb_show(Ctl *c, int argc, char **argv);
int verb_status(Ctl *c, int argc, char **argv);
int verb_receive(Ctl *c, int argc, char **argv);
int verb_wait(Ctl *c, int argc, char **argv);
int verb_stop(Ctl *c, int argc, char **argv);
int verb_kill(Ctl *c, int argc, char **argv);
int verb_remove(Ctl *c, int argc, char **argv);
int verb_monitor(Ctl *c, int argc, char **argv);
