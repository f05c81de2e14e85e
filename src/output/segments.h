/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "base/job-id.h"
#include "model/output-state.h"
#include "output/segment.h"

/* A job's segment files, as they are now: its log. */
typedef struct Segments {
        Fd dir; /* −1 if there is none */
        GArray *starts;
        uint64_t end; /* what is behind it is not written yet, as far as readers know */
} Segments;

/* A job that never wrote anything has no directory: an empty log. −errno. */
int segments_open(int state_dir, JobId id, const OutputState *state, Segments *ret);
void segments_clear(Segments *segments);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Segments, segments_clear)

static inline guint segments_count(const Segments *segments) {
        return segments->starts->len;
}

static inline uint64_t segments_start(const Segments *segments, guint i) {
        return g_array_index(segments->starts, uint64_t, i);
}

/* Where the next one that is there begins: behind a missing one, too. */
uint64_t segments_end(const Segments *segments, guint i);

/* No reader ever stands in the middle of one. */
bool segments_is_inside_head(const Segments *segments, uint64_t position);

/*
 * A place in the log before which it is known how many bytes of payload were written: the beginning of a
 * segment, which says so itself; the state's begin; the end.
 */
typedef struct Mark {
        uint64_t position;
        uint64_t bytes;
} Mark;

/*
 * The nearest mark at or before `position`, and the nearest behind it: between them is what a damage at
 * `position` is counted in. −errno: they cannot be read now, which says nothing of what is there.
 */
int segments_mark_before(const Segments *segments, const OutputState *state, uint64_t position, Mark *ret);
int segments_mark_behind(const Segments *segments, const OutputState *state, uint64_t position, Mark *ret);
