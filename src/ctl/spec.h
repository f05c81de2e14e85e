/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/options.h"

/*
 * What `start` and `run` ask for: the options, what follows from where jobctl was called, the checks that give an
 * early and clear error, and the call.
 */

typedef struct Spec {
        char **command; /* argv's own */
        const char *name;
        const char *directory_option;
        char *directory;        /* absolute; NULL: jobd's default (over ssh) */
        GPtrArray *setenv;      /* NAME or NAME=VALUE of -E */
        GPtrArray *environment; /* NAME=VALUE; over ssh only what -E says */
        bool clean_env;
        const char *input; /* FILE or "-"; NULL: none */
        int input_fd;
        int64_t umask;                                          /* −1: the caller's */
        uint64_t timeout_usec, stop_timeout_usec, output_limit; /* 0: not given */
        GArray *success;                                        /* of int32_t */
        int32_t nice;
        bool nice_set;
        const char *output_full;
} Spec;

extern const struct option spec_long_options[]; /* common to start and run */
#define SPEC_SHORT_OPTIONS "n:C:E:t:"
enum {
        SPEC_OPTION_BASE = OPTION_BASE + 100,
};

void spec_init(Spec *s);
void spec_done(Spec *s);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spec, spec_done)

/* Takes one of spec_long_options. */
int spec_take_option(const Ctl *c, Spec *s, int option);

/* Fills in directory, environment, umask and input, and checks directory and program. */
int spec_prepare(const Ctl *c, Spec *s, char **command);

/* The job's whole environment: of the caller or of a login, then -E. */
int spec_environment(const Ctl *c, Spec *s);

/* Whether the program can be found and executed, as the caller sees it. */
int spec_check_program(const Spec *s);

/* Asks jobd; *ret_id is the job's. */
int spec_start(Ctl *c, const Spec *s, uint32_t *ret_id);
