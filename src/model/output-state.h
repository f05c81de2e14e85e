/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * What is known of a job's output. Pure data: embedded in the job, saved in its record, changed by src/output alone
 * (and only once the bytes are in the segment files, so that it may be saved at any time). A saved one may be older
 * than the segment files: cache_open() brings it up to date.
 */
typedef struct OutputState {
        uint64_t begin;   /* position of the first unreceived frame */
        uint64_t end;     /* position behind the last frame */
        uint64_t next[2]; /* bytes of stdout and stderr that are accounted for: cached or lost */
        uint64_t unread;  /* payload bytes between begin and end */
        uint64_t lost;    /* bytes that the command wrote and that never reached the cache */
        uint64_t dropped; /* bytes dropped unreceived because of the limit */
        uint64_t start;   /* position at which the first segment file begins; end if there is none */
        struct OutputAccount *account; /* whom the segment files count for; NULL: nobody. Not saved */
} OutputState;

/* Bytes of segment files, received ones too. */
static inline uint64_t output_state_disk(const OutputState *state) {
        return state->end > state->start ? state->end - state->start : 0;
}

/* Bytes of both streams that came into the cache so far, received and dropped ones too. */
static inline uint64_t output_state_bytes(const OutputState *state) {
        return state->next[0] + state->next[1] - state->lost;
}

/* Unread payload bytes that a job may have in its cache. */
typedef struct OutputLimit {
        uint64_t bytes; /* UINT64_MAX: no limit. At least about 4 KiB are kept in any case */
        bool block; /* at the limit the job waits (PowerShell's OutputBufferingMode); otherwise the oldest go */
} OutputLimit;
