/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "bus/owed.h"

/* Calls that wait because there is no room for their answers. */

typedef struct BusServer BusServer;
typedef struct Backlog Backlog;

int backlog_new(BusServer *server, Backlog **ret);
void backlog_free(Backlog *backlog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backlog, backlog_free)

/* A message has come. 0: it may go on to its handler; its sender is known then, if it is a call with an answer. 1: it comes
 * again, when there is room for that. Negative: LimitExceeded. */
int backlog_filter(Backlog *backlog, sd_bus_message *m, sd_bus_error *error);

const Owed *backlog_owed(const Backlog *backlog);

void backlog_drop_client(Backlog *backlog, const char *name);
