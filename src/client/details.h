/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/client.h"

/*
 * Everything about one job: its properties, and of one's own jobs the details.
 */

typedef struct Details {
        sd_bus_message *properties;
        sd_bus_message *details; /* NULL: private */
} Details;

void details_done(Details *d);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Details, details_done)

int details_fetch(Client *c, JobId id, Details *ret);

/* Called with each name; the message stands before the variant, and the callee reads it. */
typedef int (*DetailsVisitor)(const char *name, sd_bus_message *m, void *userdata);

/* Goes through all of them, properties first. Negative errno of the first that fails. */
int details_visit(const Details *d, DetailsVisitor visitor, void *userdata);
