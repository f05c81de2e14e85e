/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "client/segment.h"
#include "wire/frame.h"

G_STATIC_ASSERT(SEGMENT_BUFFER_SIZE >= sizeof(FrameHeader) + FRAME_PAYLOAD_MAX);

/* The header at `data`, in host byte order. −ESTALE if it is none. */
static int read_header(const uint8_t *data, FrameHeader *ret) {
        memcpy(ret, data, sizeof(*ret));
        ret->crc32c = GUINT32_FROM_LE(ret->crc32c);
        ret->length = GUINT32_FROM_LE(ret->length);
        ret->time = GUINT64_FROM_LE(ret->time);
        if (GUINT16_FROM_LE(ret->magic) != FRAME_MAGIC || ret->length > FRAME_PAYLOAD_MAX)
                return -ESTALE;
        return 0;
}

static bool holds(const uint8_t *data, const FrameHeader *header) {
        return crc32c(0, data + FRAME_COVERED, sizeof(*header) - FRAME_COVERED + header->length) ==
               header->crc32c;
}

/* Visits the whole frames in `data` that begin before `stop`; *ret_used is what they take. */
static int visit_buffer(const uint8_t *data, size_t size, uint64_t position, uint64_t stop, size_t *ret_used,
                        FrameVisitor visitor, void *userdata) {
        size_t used = 0;
        int r = 0;

        while (position + used < stop && size - used >= sizeof(FrameHeader)) {
                FrameHeader header;
                size_t whole;

                r = read_header(data + used, &header);
                if (r < 0)
                        break;
                whole = sizeof(header) + header.length;
                if (size - used < whole)
                        break;
                if (!holds(data + used, &header)) {
                        r = -ESTALE;
                        break;
                }
                r = visitor(&(Frame){ .position = position + used + whole,
                                      .time = header.time,
                                      .stream = header.stream < _STREAM_MAX ? (Stream) header.stream
                                                                            : _STREAM_INVALID,
                                      .data = data + used + sizeof(header),
                                      .size = header.length },
                            userdata);
                if (r < 0)
                        break;
                used += whole;
        }
        *ret_used = used;
        return r;
}

int segment_visit(int fd, uint64_t start, uint64_t end, uint64_t stop, uint64_t *position, uint8_t *buffer,
                  FrameVisitor visitor, void *userdata) {
        while (*position < MIN(end, stop)) {
                size_t want = (size_t) MIN(end - *position, SEGMENT_BUFFER_SIZE), used;
                ssize_t n = pread(fd, buffer, want, (off_t) (*position - start));
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                r = visit_buffer(buffer, (size_t) n, *position, stop, &used, visitor, userdata);
                *position += used;
                if (r < 0)
                        return r;
                if (used == 0) /* cut off, or a frame that reaches beyond the end */
                        return -ESTALE;
        }
        return 0;
}
