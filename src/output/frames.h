/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "output/segment.h"

/*
 * Frames of one stream that are written by one call, straight from where their bytes are; behind what had
 * been staged.
 */

#define FRAMES_MAX 16

typedef struct Frames {
        FrameHeader headers[FRAMES_MAX];
        struct iovec parts[1 + 3 * FRAMES_MAX]; /* the first is for what was staged */
        int n_frames, n_parts;
        size_t size;  /* with the headers */
        size_t bytes; /* of payload */
} Frames;

void frames_clear(Frames *frames);

static inline bool frames_is_full(const Frames *frames) {
        return frames->n_frames == FRAMES_MAX;
}

/* A frame whose payload are one or two parts, which must stay until it is written. `offset`: of its first
 * byte. */
void frames_add(Frames *frames, Stream stream, uint64_t time, uint64_t offset, const struct iovec *payload,
                int n_payload);

/* Writes `staged` and them at this place of the file. −errno; what was written may then be a part. */
int frames_write(Frames *frames, int fd, uint64_t offset, const GByteArray *staged);
