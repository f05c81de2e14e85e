/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

/*
 * Who is receiving a job without keep: one bus connection at a time, the others wait for their turn in order. A
 * lease ends with EndReceive, with the connection, or with the job.
 */

#define LEASE_WAITING_MAX 64U /* calls that wait for one job's lease */

typedef struct LeaseTable LeaseTable;

/* `granted` answers a BeginReceive that waited. */
LeaseTable *lease_table_new(void (*granted)(sd_bus_message *call, uint32_t id, void *userdata),
                            void *userdata);
void lease_table_free(LeaseTable *table);

/* 1: the sender of `call` has it. 0: the call was kept and will be answered. −JOBD_E_BUSY if `wait` is false,
 * −JOBD_E_LIMIT_EXCEEDED. */
int lease_take(LeaseTable *table, uint32_t id, sd_bus_message *call, bool wait);

bool lease_is_held(const LeaseTable *table, uint32_t id);
bool lease_is_held_by(const LeaseTable *table, uint32_t id, const char *client);

/* No effect if `client` has it not. */
void lease_give_back(LeaseTable *table, uint32_t id, const char *client);

/* The connection is gone: its leases and its waiting calls. */
void lease_drop_client(LeaseTable *table, const char *client);

/* The job is gone: those who wait are told so. */
void lease_drop_job(LeaseTable *table, uint32_t id);
