/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/reader.h"

/*
 * Receiving: reading, writing out, and consuming what the reader has. For `receive` and `run`. If jobd goes
 * away meanwhile, all but receiver_lease() wait until it is back, and go on where they were.
 */

typedef struct Receiver {
        Client *c;
        JobId job;
        Sink sink;
        Reader reader;
        bool lease;        /* we may consume */
        bool lazy;         /* the lease is taken when there is something to consume, if nobody else has it */
        uint64_t consumed; /* the job's begin, as far as we know */
        uint64_t consume_step; /* unconsumed bytes to wait for before consuming */
        uint64_t read_step;    /* bytes to read at most between two looks at what can be consumed */
        uint64_t pause;        /* until the next look at what the reader has taken, in µs */
        int64_t idle_due;      /* when on_idle() is called */
        void (*on_idle)(void *userdata); /* for each second in which nothing came; may be NULL */
        void *userdata;
} Receiver;

void receiver_init(Receiver *x, Client *c, JobId job, OutputMode mode, Stream only, uint64_t position);
void receiver_done(Receiver *x);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Receiver, receiver_done)

/* What stands before `position` is not for us. */
void receiver_begin_at(Receiver *x, uint64_t position);

/* Takes the lease; the position becomes the job's begin. `wait`: for its turn, otherwise -EBUSY. Negative
 * errno. */
int receiver_lease(Receiver *x, bool wait, sd_bus_error *error);

/* Consumes what the reader has taken, if it is `at_least` bytes of the log. Negative errno. */
int receiver_consume(Receiver *x, uint64_t at_least, sd_bus_error *error);

/* What is there now, up to `stop`; consumes. Negative errno: of a call with `error` set, otherwise of
 * writing. */
int receiver_present(Receiver *x, uint64_t stop, sd_bus_error *error);

/* One step of all until the job has finished (`reader.end`): waits for more; consumes. */
int receiver_step(Receiver *x, sd_bus_error *error);

/*
 * Nothing more is to be read. Half a character at the end is shown as what it is only if the job has ended,
 * as then the rest of it will not come.
 */
int receiver_finish(Receiver *x, sd_bus_error *error);

/*
 * Waits until the readers of what was written have taken it, or are gone. What then still lies in their
 * pipes is not consumed. `patience` in µs: that long they may stand still. Returns 1 if they have all, 0 if
 * they are gone, −ETIME, −EINTR.
 */
int receiver_drain(Receiver *x, uint64_t patience);

/* The positions where the job's output begins and ends now. Negative errno. */
int output_range(Client *c, JobId job, uint64_t *ret_begin, uint64_t *ret_end, sd_bus_error *error);
