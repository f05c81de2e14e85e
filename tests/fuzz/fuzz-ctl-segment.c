/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/segment.h"
#include "frames.h"
#include "fuzz.h"

/* A log as jobctl reads it from a descriptor. The first byte: 0: checksums are made to hold. The second:
 * where to stop. */

#define HEAD  2U
#define START 100U /* of the segment, in the log */

typedef struct Seen {
        uint64_t position;
        uint64_t stop;
} Seen;

static int visit(const Frame *frame, void *userdata) {
        Seen *seen = userdata;
        const uint8_t *header = (const uint8_t *) frame->data - sizeof(FrameHeader);
        uint32_t crc = htole32(crc32c(0, header + FRAME_COVERED,
                                      sizeof(FrameHeader) - FRAME_COVERED + frame->size));

        CHECK(frame->size <= FRAME_PAYLOAD_MAX && seen->position < seen->stop);
        CHECK(frame->position == seen->position + sizeof(FrameHeader) + frame->size);
        CHECK(frame->stream == STREAM_STDOUT || frame->stream == STREAM_STDERR ||
              frame->stream == _STREAM_INVALID);
        CHECK(memcmp(header, &crc, sizeof(crc)) == 0);
        seen->position = frame->position;
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autofree uint8_t *log = NULL, *buffer = NULL;
        uint64_t position = START;
        Seen seen = { .position = START };
        int fd, r;

        if (size < HEAD)
                return 0;
        size -= HEAD;
        log = g_memdup2(data + HEAD, size);
        buffer = g_malloc(SEGMENT_BUFFER_SIZE);
        if (data[0] == 0)
                mend_checksums(log, size);
        fd = memfd_create("segment", MFD_CLOEXEC);
        CHECK(fd >= 0 && write(fd, log, size) == (ssize_t) size);
        seen.stop = START + (data[1] ? data[1] * 8U : size);
        r = segment_visit(fd, START, START + size, seen.stop, &position, buffer, visit, &seen);
        CHECK(r == 0 || r == -ESTALE);
        CHECK(position == seen.position && position <= START + size);
        CHECK(r < 0 || position >= MIN(seen.stop, START + size));
        (void) close(fd);
        return 0;
}
