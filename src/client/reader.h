/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/sink.h"

/*
 * Reads a job's output from a position on, into a sink. On this machine large amounts come from the segment
 * files, by descriptor; small ones, and everything over ssh, from ReadOutput. Consumes nothing.
 */

typedef struct Reader {
        Client *c;
        JobId job;
        Sink *sink;
        uint64_t position; /* of the next piece */
        bool much;         /* a segment is worth its descriptor */
        bool stale;        /* there was no frame where one should be: jobd is asked anew, once */
        bool end;          /* the job has finished and nothing follows */
        uint8_t *buffer;
} Reader;

Reader reader_init(Client *c, JobId job, Sink *sink, uint64_t position);
void reader_done(Reader *r);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reader, reader_done)

/*
 * All that is there up to `stop`, or so; afterwards the position is at or beyond it, or at what is there.
 * Returns negative errno: of the sink, or, with `error`, of a call.
 */
int reader_read_present(Reader *r, uint64_t stop, sd_bus_error *error);

/*
 * Waits for more and passes it on. `before_wait`, which may be NULL, is called before each sleep, and says
 * how many microseconds that may last. Sets `end`.
 * If jobd goes away (away.h) that is the caller's to see to; the position stays.
 */
int reader_read_next(Reader *r, uint64_t (*before_wait)(Reader *r), sd_bus_error *error);

/* The same without waiting. */
int reader_read_now(Reader *r, sd_bus_error *error);
