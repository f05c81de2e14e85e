/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "base/job-id.h"
#include "bus/caller.h"

/*
 * Answers to Receive without keep: what is in them is consumed when the bus has handed them over, not when
 * they are sent. A client that is killed, or does not read, or a jobd that is killed meanwhile, costs no
 * output.
 *
 * The bus is asked right behind the answer what the client has not taken (unread-stats.h). Nothing: the
 * answer is in the client's own socket, and more cannot be known: who reads it and leaves at once looks just
 * like who is killed before he reads. A bus that does not tell has at least passed the answer on. A client
 * that takes nothing for long, or leaves before, has not received.
 */

#define RECEIPTS_MAX          64U /* at once, of all users: dbus-daemon lets jobd wait for 128 answers */
#define USER_RECEIPTS_MAX     8U  /* root: no limit of its own */
#define RECEIPT_PATIENCE_USEC UINT64_C(30000000)
/* Payload of such an answer: with one more frame it finds room in a socket at once. */
#define RECEIPT_BYTES_MAX (UINT64_C(64) * 1024)

typedef struct Receipts Receipts;

/* `settled`: whether the job's output before `to` was taken. */
Receipts *receipts_new(sd_bus *bus, void (*settled)(JobId id, uint64_t to, bool taken, void *userdata),
                       void *userdata);
void receipts_free(Receipts *receipts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Receipts, receipts_free)

/* The answer has been sent. The job has no other such answer under way, and there is room. */
void receipts_add(Receipts *receipts, const Caller *caller, JobId id, uint64_t to, sd_bus_message *answer);

bool receipts_have_room(const Receipts *receipts, const Caller *caller);

/* Whose answer about the job is under way, or NULL. */
const char *receipts_client(const Receipts *receipts, JobId id);

/* Any message: the bus may say that there was nobody for an answer. */
void receipts_look_at(Receipts *receipts, sd_bus_message *m);

void receipts_drop_client(Receipts *receipts, const char *name);
