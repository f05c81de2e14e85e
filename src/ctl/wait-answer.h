/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "ctl/ctl.h"

/*
 * What came of waiting for jobs: the answer of WaitJobs, and what is said of it.
 */

typedef struct WaitArguments {
        bool any, force;
        char **states;         /* NULL: those that are final */
        uint64_t timeout_usec; /* UINT64_MAX: none */
} WaitArguments;

typedef struct WaitAnswer {
        JobMap *reached; /* ids of those that are where they were waited for */
        int status;      /* to exit with */
} WaitAnswer;

/* Reads a(os), and tells of those jobs that are not where they were waited for. Negative errno. */
int wait_answer_read(sd_bus_message *m, const WaitArguments *a, WaitAnswer *answer);
