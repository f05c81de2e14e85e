/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/internal.h"

/*
 * The arguments of StartJob as they are read and checked one by one, before they are looked at together.
 */

typedef struct StartOptions {
        JobRequest *request;
        GPtrArray *command, *command_bytes, *environment_bytes, *environment; /* of words; NULL: not given */
        const char *user, *group; /* of the message; NULL: not given */
        GPtrArray *tasks;         /* of char **; NULL: one command */
        bool isolate;             /* each task in a unit of its own */
        uint32_t throttle;        /* so many tasks at once; 0: not given */
        uint64_t size;            /* of argv and environment, and of the tasks */
} StartOptions;

/* Into `o`, which has its defaults. Errors: InvalidArgument, UnknownOption, LimitExceeded, with a text. */
int start_options_read(sd_bus_message *call, StartOptions *o, sd_bus_error *error);

void start_options_clear(StartOptions *o);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StartOptions, start_options_clear)
