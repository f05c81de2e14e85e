/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/outlet.h"
#include "wire/stream.h"

/*
 * Where output goes: exact bytes to stdout and stderr, or lines about them to stdout. Knows how far the
 * readers of those have taken it: no more than that may be consumed.
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
        Stream stream; /* _STREAM_INVALID: what is to be passed over */
        const void *data;
        size_t size;
} Piece;

/* Bytes at the end of a stream that are the beginning of a character: they wait for the rest of it. */
typedef struct Held {
        char bytes[4];
        size_t size;
        bool whole;    /* the pieces that they came in have shown nothing else */
        uint64_t time; /* of the last of those */
} Held;

typedef struct Sink {
        OutputMode mode;
        Stream only; /* the one wanted; _STREAM_INVALID: both */
        JobId job;

        int fds[_STREAM_MAX];
        Outlet outlets[2]; /* the places they lead to, which may be one */
        uint8_t outlet_of[_STREAM_MAX];
        bool beside_notes[_STREAM_MAX]; /* it goes where jobctl's own notes go */

        uint8_t *buffer;
        size_t used, done;  /* bytes in it, and how many of them are out */
        Stream stream;      /* where those go */
        uint64_t queued[2]; /* by outlet: bytes that came into the buffer in all */

        GArray *marks;  /* where each piece ends that has not been taken */
        guint n_taken;  /* marks at its beginning that are done with */
        uint64_t taken; /* position behind the last piece that the reader has wholly */

        Held held[_STREAM_MAX]; /* not OUTPUT_CAT */
        Stream line_of; /* OUTPUT_SHORT: whose line has not ended yet; _STREAM_INVALID: none has not */
        int failed;     /* the errno that ended the writing, 0: none has */
} Sink;

void sink_init(Sink *s, OutputMode mode, Stream only, JobId job, uint64_t position);
void sink_done(Sink *s);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sink, sink_done)

/* Other descriptors than the standard ones, before the first piece. */
void sink_set_fds(Sink *s, int out, int err);

/* Nothing before `position` will come. */
void sink_begin_at(Sink *s, uint64_t position);

/*
 * Takes a piece; writes when the buffer is full or the stream changes. On an error the piece was not taken:
 * −EINTR, a caught signal came, and it can be offered again; −EPIPE, the reader is gone; −errno of write(2).
 */
int sink_take(Sink *s, const Piece *piece);

int sink_flush(Sink *s);

/* True if half a character is held back. */
bool sink_holds(const Sink *s);

/*
 * Nothing more comes. Ends a line that has not ended (OUTPUT_SHORT). Half a character at the end is shown as
 * its bytes if the stream has `ended`; otherwise it is left for the next time where that is possible.
 */
int sink_finish(Sink *s, bool ended);

/*
 * Looks how much the readers have taken. True if that is all there was. *ret_alive: a reader whom something
 * is missing from is still there, and may take it.
 */
bool sink_look(Sink *s, bool *ret_alive);
