/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * One frame of a job's output log, as it stands in the segment files and as OpenOutput's readers see it.
 * Little-endian, without alignment: the next header follows the payload at once.
 *
 * A position counts bytes of this log, headers included, from the job's beginning; it never goes back. Each
 * segment file "output.<position>" begins with a frame of stream FRAME_STATE, which readers skip: what the
 * writer must know to go on after a crash without reading earlier segments.
 */

#define FRAME_MAGIC       UINT16_C(0x4af5) /* no text has a byte f5 */
#define FRAME_PAYLOAD_MAX (64U * 1024U)
#define FRAME_SEGMENT_MAX (16U * 1024U * 1024U)

/* In the place of a stream. */
#define FRAME_STATE 255U

/* Of a FRAME_STATE: what its segment held has been received, and is gone. */
#define FRAME_RECEIVED 1U

typedef struct FrameHeader {
        uint32_t crc32c; /* of the header's bytes from `magic` on, and the payload */
        uint16_t magic;
        uint8_t stream; /* a Stream (stream.h), or FRAME_STATE */
        uint8_t flags;
        uint32_t length; /* of the payload, at most FRAME_PAYLOAD_MAX */
        uint32_t task;   /* whose bytes they are, of the tasks of a job; 0: it has none */
        uint64_t time;   /* µs since 1970 UTC, when jobd-exec's record reached journald */
        uint64_t offset; /* of the first payload byte in its stream */
} FrameHeader;

/* What the checksum covers of a header. */
#define FRAME_COVERED offsetof(FrameHeader, magic)

_Static_assert(sizeof(FrameHeader) == 32, "frames have a fixed layout");
