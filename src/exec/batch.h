/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exec/compose.h"

/*
 * What was read from the pipes and waits for being sent: bytes of one stream at a time. Before another
 * stream's bytes are put in, these must go, so that the order of reading is kept.
 */
typedef struct Batch {
        uint8_t *bytes;
        size_t size; /* room in `bytes`, the most that one record takes */
        size_t length;
        size_t lines; /* bytes up to the last newline, with it */
        Stream stream;
        uint64_t since;      /* when the first byte came */
        uint64_t rest_since; /* when the first byte behind the last newline came */
} Batch;

/* A whole line waits for the queue to run empty, or for this long; a piece of a line for this long. */
#define BATCH_WAIT    (UINT64_C(10) * 1000)
#define BATCH_RECHECK (UINT64_C(1) * 1000)

/* `n` bytes of `stream` were read to the end of the batch, which was empty or of the same stream. */
void batch_put(Batch *batch, Stream stream, size_t n, uint64_t now);

/* How many bytes shall go now as one piece; 0: none. `taken`: journald has taken what was sent before. */
size_t batch_due(const Batch *batch, uint64_t now, bool taken);

/* When to ask again, if nothing is put in until then; UINT64_MAX for an empty batch. */
uint64_t batch_deadline(const Batch *batch, uint64_t now);

/* The first `n` bytes have gone, as batch_due() said, or all. */
void batch_take(Batch *batch, size_t n);
