/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/job-id.h"

/*
 * Who is receiving a job without keep: one bus connection at a time, the others wait for their turn in
 * order. A lease ends with EndReceive, with the connection, or with the job.
 */

#define LEASE_WAITING_MAX 64U /* calls that wait for one job's lease */

typedef struct LeaseTable LeaseTable;

/* `granted`: it is the turn of the one who waits with that ticket. */
LeaseTable *lease_table_new(void (*granted)(void *ticket, JobId id, void *userdata), void *userdata);
void lease_table_free(LeaseTable *table);

/* 1: the client has it. 0: somebody else has it, and there is room for one more who waits.
 * −JOBD_E_LIMIT_EXCEEDED. */
int lease_take(LeaseTable *table, JobId id, const char *client);

/* It was 0: the client waits. */
void lease_wait(LeaseTable *table, JobId id, const char *client, void *ticket);

bool lease_is_held(const LeaseTable *table, JobId id);
bool lease_is_held_by(const LeaseTable *table, JobId id, const char *client);

/* No effect if `client` has it not. */
void lease_give_back(LeaseTable *table, JobId id, const char *client);

/* The connection is gone: its leases and its tickets. */
void lease_drop_client(LeaseTable *table, const char *client);

/* The job is gone, and all tickets. */
void lease_drop_job(LeaseTable *table, JobId id);
