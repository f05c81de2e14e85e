/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "exec/batch.h"
#include "exec/bulk.h"
#include "exec/compose.h"
#include "exec/journal.h"
#include "exec/pipes.h"

/*
 * From the command's pipes to the journal: small pieces as they come, large ones where journald does not
 * keep up. It reads only when the journal is ready for another record, and only as far as jobd allows: then
 * the command waits, as on any full pipe.
 */
typedef struct Pump {
        Journal *journal;
        const ComposeJob *job;
        Pipes *pipes;
        Batch batch;
        bool may_bulk;
        bool flood;                 /* the last piece that went was one */
        Bulk bulk;                  /* while there is one, it has what was read before the batch */
        Retry look;                 /* when to offer it again */
        uint64_t sent[_STREAM_MAX]; /* bytes in records so far */
        uint64_t granted; /* bytes that may be sent in all since the command's end, whatever jobd allows */
} Pump;

int pump_init(Pump *pump, Journal *journal, const ComposeJob *job);
void pump_free(Pump *pump);

/* It reads from these, which must stay. */
void pump_attach(Pump *pump, Pipes *pipes);

/* Reads from the pipes that are `readable`, and sends what is due. `allowed`: bytes that may be sent in
 * all. */
void pump_step(Pump *pump, const bool readable[_STREAM_MAX], uint64_t allowed, uint64_t now);

/* The command has ended: what it has written is in the pipes by now. What others write to them counts as
 * long as drain.h says. */
void pump_drain(Pump *pump, uint64_t now);

/* systemd stops the unit: that is not to be kept up. */
void pump_hurry(Pump *pump);

/* Bytes that were written to the stream as far as can be known: also those that are in no record. */
uint64_t pump_written(const Pump *pump, Stream stream);

/* True if all is in records. */
bool pump_is_done(const Pump *pump);

/* Gives back what a flood has left in memory. Only when nothing is held back. */
void pump_relax(Pump *pump);

struct pollfd pump_poll(const Pump *pump, Stream stream, uint64_t allowed);
uint64_t pump_deadline(const Pump *pump, uint64_t now);
