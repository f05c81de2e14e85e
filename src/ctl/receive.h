/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/reader.h"

/*
 * Receiving: reading, writing out, and consuming what is out. For `receive` and `run`.
 */

typedef struct Receiver {
        Ctl *c;
        uint32_t job;
        Sink sink;
        Reader reader;
        Life life;
        bool lease;            /* we may consume */
        uint64_t consumed;     /* the job's begin, as far as we know */
        uint64_t consume_step; /* unconsumed bytes to wait for before consuming */
} Receiver;

void receiver_init(Receiver *x, Ctl *c, uint32_t job, OutputMode mode, uint8_t only, uint64_t position);
void receiver_done(Receiver *x);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Receiver, receiver_done)

/* Takes the lease; the position becomes the job's begin. `wait`: for its turn, otherwise -EBUSY. Negative errno. */
int receiver_lease(Receiver *x, bool wait, sd_bus_error *error);

/* Consumes what is out, if it is `at_least` bytes of the log. Negative errno. */
int receiver_consume(Receiver *x, uint64_t at_least, sd_bus_error *error);

/* What is there now, up to `stop`; consumes. Negative errno: of a call with `error` set, otherwise of writing. */
int receiver_present(Receiver *x, uint64_t stop, sd_bus_error *error);

/* All until the job has finished; consumes. */
int receiver_live(Receiver *x, sd_bus_error *error);

/* The positions where the job's output begins and ends now. Negative errno. */
int output_range(Ctl *c, uint32_t job, uint64_t *ret_begin, uint64_t *ret_end, sd_bus_error *error);
