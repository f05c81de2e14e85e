/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/*
 * Calls that wait for their turn. What the bus brings is read as fast as it comes, and put into the queue of
 * its user; the work is done one call at a time, in turns between users, and of each between his
 * connections. A call whose answer there is no room for stays.
 */

/* Of one user, or of a connection whose user is not known yet: calls, bytes, descriptors that came with
 * them. */
#define HELD_CALLS_MAX 2048U
#define HELD_SIZE_MAX  (48U * 1024U * 1024U)
#define HELD_FDS_MAX   256U

typedef struct BusServer BusServer;
typedef struct Backlog Backlog;

int backlog_new(BusServer *server, Backlog **ret);
void backlog_free(Backlog *backlog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backlog, backlog_free)

/* A message has come. 0: it may go on to its handler, as it is its turn, and its sender is known; or it is
 * no call. 1: it is taken. Negative: LimitExceeded. */
int backlog_filter(Backlog *backlog, sd_bus_message *m, sd_bus_error *error);

/* The handler of a call that it had before is to be called again. −ENXIO: its client has left. */
int backlog_again(Backlog *backlog, sd_bus_message *call);

/* In a handler: the call itself, or a copy of it, as it may be kept. */
int backlog_keep(Backlog *backlog, sd_bus_message *call, sd_bus_message **ret);

/* There may be room now for answers that there was none for. */
void backlog_look_again(Backlog *backlog);

/* Whose calls these are is known, or will not be. */
void backlog_know_client(Backlog *backlog, const char *name, bool known);
/* Its calls have been dropped. */
void backlog_drop_client(Backlog *backlog, const char *name);
