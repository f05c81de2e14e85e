/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "ctl/ctl.h"

/*
 * A job's limits and boxes, as far as it has any, for people: "memory 1.0G, tasks 100; boxed: private-tmp".
 */

typedef struct Limits {
        GString *limits, *boxes;
        GString *not_enforced; /* of the limits: "memory, tasks" */
} Limits;

Limits limits_new(void);
void limits_done(Limits *limits);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Limits, limits_done)

/* Of a job that was given some: says which of them do nothing on its machine. */
void limits_warn(Ctl *c, JobId id);

/* Takes the detail that `m` stands before, if it is one of them: then it is read and 1 returned, otherwise
 * 0, or a negative errno. */
int limits_take(Limits *limits, const char *name, sd_bus_message *m);
