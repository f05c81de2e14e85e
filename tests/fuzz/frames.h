/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/crc32c.h"
#include "wire/frame.h"

/* Nobody guesses a checksum: where a frame seems to stand, it gets the one that holds. */
static inline void mend_checksums(uint8_t *log, size_t size) {
        FrameHeader header;

        for (size_t at = 0; size - at >= sizeof(header);) {
                uint32_t crc;
                size_t whole;

                memcpy(&header, log + at, sizeof(header));
                whole = sizeof(header) + le32toh(header.length);
                if (size - at < whole)
                        return;
                crc = htole32(crc32c(0, log + at + FRAME_COVERED, whole - FRAME_COVERED));
                memcpy(log + at + offsetof(FrameHeader, crc32c), &crc, sizeof(crc));
                at += whole;
        }
}
