/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/stream.h"

/*
 * Frames of a segment file, as wire/frame.h lays them out. The file belongs to jobd, and may be cut off
 * under our eyes when the job's limit drops it, or be damaged: what cannot be a frame is no frame.
 */

#define SEGMENT_BUFFER_SIZE (512U * 1024U)

typedef struct Frame {
        uint64_t position; /* behind it */
        uint64_t time;
        Stream stream; /* _STREAM_INVALID: it is not output */
        const void *data;
        size_t size;
} Frame;

/* Called with each frame; a negative answer ends the reading, and is its result. */
typedef int (*FrameVisitor)(const Frame *frame, void *userdata);

/*
 * Visits the frames of `fd` (positions `start` to `end`) from *position on that begin before `stop`, and
 * moves *position behind each one that was taken. 0, what the visitor said, −errno of read(2), or −ESTALE if
 * there is no frame where one should be, or its checksum does not hold. `buffer` has SEGMENT_BUFFER_SIZE
 * bytes.
 */
int segment_visit(int fd, uint64_t start, uint64_t end, uint64_t stop, uint64_t *position, uint8_t *buffer,
                  FrameVisitor visitor, void *userdata);
