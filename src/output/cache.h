/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "base/job-id.h"
#include "model/output-state.h"
#include "wire/stream.h"

/*
 * The writing end of one job's output log: frames (frame.h) appended to segment files
 * STATEDIR/<id>/output.<position>. One writer a job, only while the job is unfinished; reading needs none
 * (cache-read.h). Holds one descriptor after the first byte, none before.
 *
 * Frames are staged and written in batches: OutputState changes when they are in the file, not before. No
 * fsync: what a crash of the machine tears off is cut by cache_open().
 */
typedef struct Cache Cache;

/*
 * `state_dir`: descriptor of STATEDIR, must stay open. `state` is the job's, borrowed until cache_free().
 * `limit` is copied. Looks for segments of an earlier run: cuts a torn tail, verifies the checksums of the
 * last segment, and brings `state` up to date with what is there (a saved begin is kept). Where there are
 * none, nothing is created.
 *
 * −errno if the directory cannot be read or a tail cannot be cut; then `state` is untouched.
 */
int cache_open(int state_dir, JobId id, OutputState *state, const OutputLimit *limit, Cache **ret);

/* Drops what is staged. NULL is fine. */
void cache_free(Cache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cache, cache_free)

/* The offset expected next in `stream`, with staged frames counted. */
uint64_t cache_next(const Cache *cache, Stream stream);

/*
 * Appends `size` bytes (and a newline, if `newline`) that begin at cache_next(); together 1 to
 * RECORD_DATA_MAX. `time`: µs since 1970 UTC. Large pieces are written at once, straight from `data`; small
 * ones are copied and wait for cache_flush().
 *
 * −errno of the write (ENOSPC, EIO, EDQUOT, …): then the whole batch is undone, back to the last flush:
 * nothing of it is in the file or in OutputState, and cache_next() is where it was before.
 */
int cache_append(Cache *cache, Stream stream, uint64_t time, const void *data, size_t size, bool newline);

/* Writes what is staged, drops beyond the limit. Errors as cache_append(). */
int cache_flush(Cache *cache);

/* Books the bytes up to `offset` of `stream` as lost (staged, too: counts with the next flush). */
void cache_lose(Cache *cache, Stream stream, uint64_t offset);

/*
 * How many bytes (sum of the streams, from the job's beginning) jobd-exec may send: CONTROL_WINDOW more than
 * are accounted for, and in block mode no more than the limit allows. For ACKs, and for the spec of a new
 * job.
 */
uint64_t output_allowed(const OutputState *state, const OutputLimit *limit);
