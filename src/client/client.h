/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"

/*
 * What every part of a client of jobd shares: the connection, and how the person wants to be treated. A
 * helper that can fail says what is wrong itself and returns the exit status to give up with, 0 if all is
 * well, unless its comment says otherwise.
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

typedef struct Client {
        const char *host; /* NULL: this machine */
        bool no_ask_password;
        bool quiet;
        bool hurry;    /* a signal came: jobd is not waited for any more */
        sd_bus *bus;   /* once connected */
        bool welcome;  /* a bus has let us in */
        bool answered; /* and jobd has answered */
        pid_t agent;   /* 0: none has been started */
} Client;
