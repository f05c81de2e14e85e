/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/client.h"

/*
 * The connection. Calls are sent (pending.h) before anything is waited for, the connection's own greeting
 * included, so that a short command costs as few turns of the bus as possible.
 */

/* Connects to the system bus, of this machine or of --host. Says itself what is wrong. */
int bus_connect(Client *c);

/* A call to a job or to the manager, to be filled and sent. Negative errno. */
int bus_new_manager_call(Client *c, const char *member, sd_bus_message **ret);
int bus_new_job_call(Client *c, JobId id, const char *member, sd_bus_message **ret);

/* Handles what has come and waits for more, as pending_wait(). For those who wait for signals. */
int bus_turn(Client *c, uint64_t timeout_usec);

/* uid as which the bus knows us: over ssh that is the remote user's. */
int bus_own_uid(Client *c, uint32_t *ret);

/* The clock of the time-outs. */
uint64_t bus_now(void);
