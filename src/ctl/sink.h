/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/life.h"

/*
 * Where output goes: exact bytes to stdout and stderr, or lines about them to stdout. Knows how far it has been
 * written out: no more than that may be consumed.
 */

typedef enum OutputMode {
        OUTPUT_CAT,
        OUTPUT_SHORT, /* "time stream: line" */
        OUTPUT_JSON,  /* an object a line */
} OutputMode;

/* One piece of output. */
typedef struct Piece {
        uint64_t position; /* behind it, in the job's log */
        uint64_t time;
        uint8_t stream; /* FRAME_STDOUT, FRAME_STDERR; others count as bytes to pass over */
        const void *data;
        size_t size;
} Piece;

typedef struct Sink {
        OutputMode mode;
        uint8_t only; /* the one stream wanted, 0: both */
        uint32_t job;
        Life *life; /* to be cleared before anything else appears; may be NULL */
        int fds[3]; /* by stream */

        uint8_t *buffer;
        size_t used, done;  /* bytes in it, and how many of them are out */
        int fd;             /* where those go */
        GArray *marks;      /* where in the buffer each piece ends */
        uint64_t written;   /* position behind the last piece that is out wholly */
        int line_of;        /* OUTPUT_SHORT: the stream whose line has not ended yet */
        bool at_line_start; /* the last byte written was a newline, or none was */
} Sink;

void sink_init(Sink *s, OutputMode mode, uint8_t only, uint32_t job, uint64_t position);
void sink_done(Sink *s);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sink, sink_done)

/*
 * Takes a piece; writes when the buffer is full or the stream changes. On an error the piece was not taken:
 * −EINTR, a caught signal came, and it can be offered again; −EPIPE, the reader is gone; −errno of write(2).
 */
int sink_take(Sink *s, const Piece *piece);

int sink_flush(Sink *s);

/* Ends a line that has not ended (OUTPUT_SHORT). */
int sink_finish(Sink *s);
