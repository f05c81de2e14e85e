/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <string.h>

/* What a command writes, in the order of its descriptors 1 and 2: the same numbers in frames, messages and
 * arrays. */
typedef enum Stream {
        STREAM_STDOUT,
        STREAM_STDERR,
        _STREAM_MAX,
        _STREAM_INVALID = -1,
} Stream;

/* In journal records, on the bus and in options. */
static inline const char *stream_to_string(Stream stream) {
        return stream == STREAM_STDERR ? "stderr" : "stdout";
}

/* _STREAM_INVALID: no such word. */
static inline Stream stream_from_string(const char *word) {
        if (strcmp(word, "stdout") == 0)
                return STREAM_STDOUT;
        return strcmp(word, "stderr") == 0 ? STREAM_STDERR : _STREAM_INVALID;
}
