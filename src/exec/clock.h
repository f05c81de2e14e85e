/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define USEC_PER_MSEC UINT64_C(1000)
#define USEC_PER_SEC  UINT64_C(1000000)
#define USEC_NEVER    UINT64_MAX

static inline uint64_t clock_usec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: the clock exists, the pointer is good */
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

static inline uint64_t usec_min(uint64_t a, uint64_t b) {
        return a < b ? a : b;
}

/* Something to try again after pauses that grow. */
typedef struct Retry {
        uint64_t at; /* USEC_NEVER: not waiting */
        uint64_t pause;
} Retry;

#define RETRY_NONE ((Retry){ .at = USEC_NEVER })

static inline void retry_start(Retry *retry, uint64_t now, uint64_t pause) {
        *retry = (Retry){ .at = now + pause, .pause = pause };
}

/* The next pause is twice as long, up to `longest`; the first one is `first`. */
static inline void retry_again(Retry *retry, uint64_t now, uint64_t first, uint64_t longest) {
        retry_start(retry, now, retry->pause == 0 ? first : usec_min(2 * retry->pause, longest));
}
