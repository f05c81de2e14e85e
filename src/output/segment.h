/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/job-id.h"
#include "wire/frame.h"
#include "wire/stream.h"

/*
 * Segment files and the frames in them, for the writer (cache.c) and the readers (walk.c).
 */

/* Payload of FRAME_STATE: how things stood before the segment's first data frame. Little-endian. */
typedef struct FrameState {
        uint64_t next[2];
        uint64_t lost;
} FrameState;

_Static_assert(sizeof(FrameState) == 24, "the state frame has a fixed layout");

#define SEGMENT_HEAD_SIZE (sizeof(FrameHeader) + sizeof(FrameState))

/* Payload bytes of the whole log before a segment. */
static inline uint64_t frame_state_bytes(const FrameState *state) {
        return state->next[0] + state->next[1] - state->lost;
}

/* Fills `header` (in the file's byte order) for a payload in `n_parts` pieces. */
void frame_header_make(FrameHeader *header, uint8_t stream, uint8_t flags, uint64_t time, uint64_t offset,
                       const struct iovec *parts, int n_parts);

/* STATEDIR/<id>. −ENOENT if there is none. */
int segment_open_dir(int state_dir, JobId id);

/* The positions at which the segments start, ascending, as uint64_t. −errno. */
int segment_list(int dir, GArray **ret);

/* Index of the last segment that starts at or before `position`; 0 if all start behind it. The list is not
 * empty. */
guint segment_find(const GArray *starts, uint64_t position);

/* Opens (or, with O_CREAT, makes) output.<start>. −errno. */
int segment_open(int dir, uint64_t start, int flags);
int segment_unlink(int dir, uint64_t start);

/* Unlinks it, and cuts it to nothing: whoever has it open finds its end. */
int segment_cut(int dir, uint64_t start);

/* Makes it a file `name` of another directory. */
int segment_move(int dir, uint64_t start, int to_dir, const char *name);

/* Reads the segment's first frame. −EBADMSG if it is damaged. */
int segment_read_state(int fd, FrameState *ret);

/*
 * Where not even a record can be saved for want of space: says in the segment itself that all of it has been
 * received, in place, and gives back what it takes beside that. It is a segment before the first that is not
 * marked.
 */
int segment_mark_received(int fd);

/* 1: it is marked so. −EBADMSG if that is damaged. */
int segment_is_received(int fd);

/* Walks over the frames of one segment, all streams. */
typedef struct FrameCursor {
        int fd;
        bool payload;    /* read and verify the payloads; otherwise headers alone */
        uint64_t offset; /* in the file, of the next frame */
        uint64_t end;    /* in the file: nothing behind is looked at */
        uint8_t *buffer; /* file bytes from buffer_offset on */
        uint64_t buffer_offset;
        size_t filled;
} FrameCursor;

typedef struct Frame {
        FrameHeader header;  /* host byte order */
        const uint8_t *data; /* if the cursor reads payloads; valid until its next move */
} Frame;

void frame_cursor_init(FrameCursor *cursor, int fd, uint64_t offset, uint64_t end, bool payload);
void frame_cursor_clear(FrameCursor *cursor);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(FrameCursor, frame_cursor_clear)

/* 1: a frame, and the cursor is behind it. 0: the end. −EBADMSG: damaged or torn; the cursor stays.
 * −errno. */
int frame_cursor_next(FrameCursor *cursor, Frame *ret);
