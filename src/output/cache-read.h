/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/job-id.h"
#include "model/output-state.h"
#include "wire/stream.h"

/*
 * Reading, consuming and removing the output log of any job, running or finished. No state of its own: each
 * call opens what it needs, so a finished job costs nothing but its OutputState.
 *
 * What is damaged or missing is passed over and counted in the state (damage.h), which may so be changed by
 * reading, too: state->damaged has grown then. −EIO, −EMFILE and the like say nothing of what is there: the
 * call fails, nothing else.
 *
 * `state_dir`: descriptor of STATEDIR. All errors: −errno, or as said.
 */

typedef struct CacheFrame {
        uint64_t position; /* behind this frame: where to go on, and a valid `to` of cache_consume() */
        uint64_t time;     /* µs since 1970 UTC */
        const void *data;  /* valid during the call */
        size_t size;       /* 1 to FRAME_PAYLOAD_MAX */
        Stream stream;
} CacheFrame;

/* Negative: cache_read() stops and returns it. */
typedef int (*CacheFrameFunc)(const CacheFrame *frame, void *userdata);

/*
 * Calls `func` for frames from `position` on, until `max_bytes` of payload (at least one frame, at most
 * 65536) or the end. A position before begin goes on at begin. *ret_next: where to go on;
 * equal to state->end if there is nothing more at present. What cannot be read now is an error if it comes
 * first; what comes before it is shown.
 *
 * −JOBD_E_NO_OUTPUT: `position` is beyond the end, or not a frame's.
 */
int cache_read(int state_dir, JobId id, OutputState *state, uint64_t position, uint64_t max_bytes,
               CacheFrameFunc func, void *userdata, uint64_t *ret_next);

/*
 * A fresh read-only descriptor of the segment that holds `position`, or of the first one still there; at a
 * segment's end the next one. *ret_start, *ret_end: the segment's; whole frames alone, unless it is damaged.
 * If position is at the end and no segment begins there: the last one. Without any segment: a descriptor of
 * an empty memfd, start = end = state->end.
 *
 * −JOBD_E_NO_OUTPUT: `position` is beyond the end.
 */
int cache_open_segment(int state_dir, JobId id, OutputState *state, uint64_t position, int *ret_fd,
                       uint64_t *ret_start, uint64_t *ret_end);

/* Saves the job's record, with the state as it is now. −errno. */
typedef int (*CacheSaveFunc)(void *userdata);

/*
 * Moves begin to `to`, counts unread anew, has that saved, and then unlinks segments wholly before it; while
 * `writing` (the job is unfinished) the last segment stays. Readers that have a segment open keep it
 * unchanged. `to` before begin: nothing to do. A running job with a block limit may go on then:
 * collector_consumed(). If there is no room to save it, it is received all the same, and the caller saves
 * the record as soon as there is; any other error of `save` changes nothing.
 *
 * −JOBD_E_INVALID_ARGUMENT: `to` is not the end of a frame.
 */
int cache_consume(int state_dir, JobId id, OutputState *state, uint64_t to, bool writing, CacheSaveFunc save,
                  void *userdata);

/* The job is finished and about to be removed: all of its segments go, as by consuming them. */
int cache_remove(int state_dir, JobId id, OutputState *state);
