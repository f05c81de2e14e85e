/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A stretch of the log in which something can be read no more, and how many bytes of output that is. */
typedef struct OutputDamage {
        uint64_t from, to; /* positions */
        uint64_t bytes;
} OutputDamage;

/* What the jobs of one owner take of the disk. Who counts it knows more of an owner: output/account.h. */
typedef struct OutputSum {
        uint64_t bytes;
} OutputSum;

/*
 * What is known of a job's output. Pure data: embedded in the job, saved in its record, changed by
 * src/output alone (and only once the bytes are in the segment files, so that it may be saved at any time).
 * A saved one may be older than the segment files: cache_open() brings it up to date.
 */
typedef struct OutputState {
        uint64_t begin;   /* position of the first unreceived frame */
        uint64_t end;     /* position behind the last frame */
        uint64_t next[2]; /* bytes of stdout and stderr that are accounted for: cached or lost */
        uint64_t unread;  /* payload bytes between begin and end, less those that are known to be damaged */
        uint64_t lost;    /* bytes that the command wrote and that never reached the cache */
        uint64_t damaged; /* bytes that did, and that could not be read there any more; in all */
        uint64_t dropped; /* bytes dropped unreceived because of the limit */
        uint64_t start;   /* position at which the first segment file begins; end if there is none */
        /* of OutputDamage: those not received yet, so that each is counted once. NULL: none */
        GArray *damage;
        uint64_t damage_told; /* of `damaged`. Not saved: what is, has been told */
        bool checked; /* since this jobd began, for segments that are missing or too short. Not saved */
        OutputSum *account; /* what the segment files count for; NULL: nothing. Not saved */
} OutputState;

void output_state_clear(OutputState *state);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OutputState, output_state_clear)

/* Bytes of segment files, received ones too. */
static inline uint64_t output_state_disk(const OutputState *state) {
        return state->end > state->start ? state->end - state->start : 0;
}

/* Bytes of both streams that came into the cache so far, received and dropped ones too. */
static inline uint64_t output_state_bytes(const OutputState *state) {
        return state->next[0] + state->next[1] - state->lost;
}

/* OutputLost: what is missing, wherever that came about. */
static inline uint64_t output_state_missing(const OutputState *state) {
        return state->lost + state->damaged;
}

/* Whether what is damaged at `position` has been counted. */
bool output_state_knows_damage(const OutputState *state, uint64_t position);
void output_state_add_damage(OutputState *state, const OutputDamage *damage);

/* Bytes of the known damages that begin at `from` or behind it. */
uint64_t output_state_damage(const OutputState *state, uint64_t from);

/* Bytes that were found to be damaged since it was last asked. */
uint64_t output_state_take_found(OutputState *state);

/* Those that end at `begin` or before are of no interest any more; they stay counted. */
void output_state_pass_damage(OutputState *state, uint64_t begin);

/* What stood at `end` or behind it has been cut off and comes again, or is counted in another way. */
void output_state_forget_damage(OutputState *state, uint64_t end);

/* Below, a job's every few bytes would be a segment of their own. */
#define OUTPUT_LIMIT_MIN 4096U

/* Unread payload bytes that a job may have in its cache: never more, at OUTPUT_LIMIT_MIN and above. */
typedef struct OutputLimit {
        uint64_t bytes; /* UINT64_MAX: no limit */
        /* at the limit the job waits (PowerShell's OutputBufferingMode); otherwise the oldest go */
        bool block;
} OutputLimit;
