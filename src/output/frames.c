/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "output/frames.h"

void frames_clear(Frames *frames) {
        frames->n_frames = 0;
        frames->n_parts = 1;
        frames->size = frames->bytes = 0;
}

void frames_add(Frames *frames, Stream stream, uint64_t time, uint64_t offset, const struct iovec *payload,
                int n_payload) {
        FrameHeader *header = &frames->headers[frames->n_frames++];

        g_assert(frames->n_frames <= FRAMES_MAX && n_payload <= 2);
        frame_header_make(header, (uint8_t) stream, 0, time, offset, payload, n_payload);
        frames->parts[frames->n_parts++] = (struct iovec){ header, sizeof(*header) };
        frames->size += sizeof(*header);
        for (int i = 0; i < n_payload; i++) {
                frames->parts[frames->n_parts++] = payload[i];
                frames->bytes += payload[i].iov_len;
                frames->size += payload[i].iov_len;
        }
}

int frames_write(Frames *frames, int fd, uint64_t offset, const GByteArray *staged) {
        struct iovec *parts = frames->parts;
        int n_parts = frames->n_parts;

        parts[0] = (struct iovec){ staged->data, staged->len };
        while (n_parts > 0) {
                ssize_t n = pwritev(fd, parts, n_parts, (off_t) offset);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                offset += (uint64_t) n;
                while (n_parts > 0 && (size_t) n >= parts->iov_len) {
                        n -= (ssize_t) parts->iov_len;
                        parts++;
                        n_parts--;
                }
                if (n_parts > 0) {
                        parts->iov_base = (uint8_t *) parts->iov_base + n;
                        parts->iov_len -= (size_t) n;
                }
        }
        return 0;
}
