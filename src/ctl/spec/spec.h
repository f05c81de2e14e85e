/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "ctl/options.h"
#include "ctl/spec/values.h"

/*
 * What `start` and `run` ask for: the options, what follows from where jobctl was called, the checks that
 * give an early and clear error, and the call.
 */

typedef struct Spec {
        char **command;    /* argv's own */
        GPtrArray *tasks;  /* of char **: a child for each; NULL: one job alone */
        uint32_t parallel; /* of tasks; 0: jobd's default */
        const char *name;
        const char *directory_option;
        char *directory;        /* absolute; NULL: jobd's default (over ssh) */
        GPtrArray *setenv;      /* NAME or NAME=VALUE of -E */
        GPtrArray *environment; /* NAME=VALUE; over ssh, and as somebody else, what is laid over a login's */
        bool clean_env;
        const char *input; /* FILE or "-"; NULL: none */
        int input_fd;
        const char *user, *group;    /* NULL: the caller's */
        bool as_other;               /* they are not the caller's: nothing of his goes along */
        GVariant *values[SPEC_ROWS]; /* of the options that have one */
        GPtrArray *properties;       /* of UnitProperty */
} Spec;

enum {
        SPEC_ANSWERED = -1, /* the option was a question: there is nothing to start */
};

/* The options that start and run have in common, and the verb's own, which may be NULL. Of Option. */
GArray *spec_rows_new(const Options *own);

/* The same to be parsed: a command's own options are none of ours. */
Options spec_options(const GArray *rows);

void spec_init(Spec *s);
void spec_done(Spec *s);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spec, spec_done)

/* Takes one of those; returns SPEC_ANSWERED as well. */
int spec_take_option(const Ctl *c, Spec *s, int option);

/* Fills in directory, environment, umask and input, and checks directory and program; of a job as somebody
 * else only how they are written, for it is he who must see them. */
int spec_prepare(const Ctl *c, Spec *s, char **command);

/* The job's whole environment: of the caller or of a login, then -E. As somebody else, and over ssh, what is
 * laid over a login's. */
int spec_environment(const Ctl *c, Spec *s);

/* Whether the program can be found and executed, as the caller sees it. */
int spec_check_program(const Spec *s);

/* Asks jobd; *ret_id is the job's. */
int spec_start(Ctl *c, const Spec *s, JobId *ret_id);
