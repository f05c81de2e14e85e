/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/cleanup.h"

/*
 * Where a later jobd finds the jobd-exec of a job again, if the control socket is gone: systemd before 254
 * empties the descriptor store of a service that is stopped. jobd binds a socket of SOCK_SEQPACKET by the
 * job's UUID in a folder that is root's alone, and hands it over with the control socket: jobd-exec listens,
 * jobd connects, and the new connection is the control socket. Nobody else can connect, and nobody else can
 * listen, so neither side has to ask who the other one is; and no jobd-exec has to look whether jobd is
 * back.
 *
 * `dir`: the folder's path. It outlives jobd, as the sockets do.
 */

/* A new one for jobd-exec, listening; the caller's. What was there by that name goes. */
int meeting_open(const char *dir, const char *uuid, Fd *ret);

/* jobd-exec's other end, for channel_new(); the caller's. Never waits. −ENOENT: it has none; −ECONNREFUSED:
 * it has ended. An end that is frozen takes the connection later. */
int meeting_connect(const char *dir, const char *uuid, Fd *ret);

/* The job has ended. */
void meeting_remove(const char *dir, const char *uuid);

/* Removes all others: their jobs ended while there was no jobd. `uuids`: a set, or NULL. */
void meeting_sweep(const char *dir, GHashTable *uuids);
