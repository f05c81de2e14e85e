/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * CRC32C (Castagnoli, RFC 3720 appendix B.4). `crc`: 0, or the result for the bytes before, so that pieces
 * may be added one after the other. By the processor's own instruction where it has one.
 */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);

/* The same without the instruction. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size);
