/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/segments.h"

/*
 * Walks over the frames of a log, from segment to segment. What is damaged (its checksum does not hold) or
 * missing is passed over, and said: after it comes the next frame that holds, in the order of its stream.
 * Bytes of output that look like a frame are not taken for one where a frame's own length leads over them.
 */

typedef enum WalkStep {
        WALK_END,
        WALK_FRAME,  /* `frame`, which ends at `position` */
        WALK_DAMAGE, /* nothing from `damaged_from` to `position` can be read */
} WalkStep;

typedef struct Walk {
        const Segments *segments;
        uint64_t position;
        uint64_t damaged_from;
        Frame frame;         /* of a stream: heads are not shown */
        uint64_t next[2];    /* no frame behind a damage may have an offset below */
        uint64_t last[2];    /* and none may reach beyond */
        uint64_t start, end; /* of the segment that is open */
        Fd fd;
        FrameCursor cursor;
} Walk;

/* `segments` is borrowed. One of zeros, which never was one, is cleared, too: its descriptor is none. */
void walk_init(Walk *walk, const Segments *segments, const OutputState *state, uint64_t position);
void walk_clear(Walk *walk);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

/* Where `frame` begins. */
static inline uint64_t walk_frame_start(const Walk *walk) {
        return walk->position - walk->frame.header.length - sizeof(FrameHeader);
}

/* One step, not beyond the log's end. A WalkStep, or −errno: it cannot be read now, and nothing is known. */
int walk_next(Walk *walk);
