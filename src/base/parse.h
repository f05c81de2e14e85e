/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Strict parsing of words from outside. Everything that is not exactly the thing is an error: no leading
 * blanks, signs, zeros or rests. All return 0, or −EINVAL, or −ERANGE for a number that does not fit;
 * outputs are written on success alone.
 */

int parse_u32(const char *text, uint32_t *ret);
int parse_u64(const char *text, uint64_t *ret);
int parse_i32(const char *text, int32_t *ret);

/* A UUID with hyphens, in lower or upper case; written in lower case. `ret` has JOBD_UUID_SIZE bytes. */
int parse_uuid(const char *text, char *ret);

/* A time span as systemd writes it ("10", "1.5s", "2min 30s", "1h", "infinity"), in µs. A bare number is
 * seconds; infinity is UINT64_MAX. */
int parse_timespan(const char *text, uint64_t *ret_usec);

/* A size as systemd writes it ("512", "16K", "1.5G", "infinity"), base 1024, in bytes. */
int parse_size(const char *text, uint64_t *ret_bytes);

/* A signal: "TERM", "SIGTERM", "15", "RTMIN+3". */
int parse_signal(const char *text, int *ret);

/* "yes", "true", "1", "on", "no", …  */
int parse_boolean(const char *text, bool *ret);

/* At most JOBD_NAME_MAX bytes of UTF-8 without control characters, not empty. */
bool job_name_is_valid(const char *name);
