/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "output/cache-read.h"
#include "output/damage.h"
#include "output/walk.h"

/* Frames in one answer, so that a job that writes byte by byte cannot make it huge. */
#define FRAMES_MAX 65536U

static int open_log(int state_dir, JobId id, OutputState *state, Segments *ret) {
        int r = segments_open(state_dir, id, state, ret);

        return r < 0 ? r : damage_check(ret, state);
}

/* 1: a frame that holds reaches over the position. 0: not; it is a frame's, or stands in what is damaged. */
static int is_inside_frame(const Segments *segments, const OutputState *state, uint64_t position) {
        uint64_t start = segments_start(segments, segment_find(segments->starts, position));
        g_auto(Walk) walk = {};
        int r = 0;

        if (segments_is_inside_head(segments, position))
                return 1;
        walk_init(&walk, segments, state, MIN(start, position));
        while (walk.position < position && (r = walk_next(&walk)) > 0)
                if (r == WALK_FRAME && walk.position > position && walk_frame_start(&walk) < position)
                        return 1;
        return MIN(r, 0);
}

static int show_frame(const Walk *walk, CacheFrameFunc func, void *userdata) {
        const FrameHeader *header = &walk->frame.header;

        return func(
                        &(CacheFrame){
                                        .position = walk->position,
                                        .time = header->time,
                                        .data = walk->frame.data,
                                        .size = header->length,
                                        .stream = (Stream) header->stream,
                        },
                        userdata);
}

/* WALK_FRAME or WALK_END; what is damaged is counted. `asked`: where somebody wanted to begin. */
static int next_frame(Walk *walk, OutputState *state, uint64_t asked) {
        const Segments *segments = walk->segments;
        int r;

        while ((r = walk_next(walk)) == WALK_DAMAGE) {
                /* a position in the middle of a frame looks just like damage */
                if (walk->damaged_from == asked && asked != state->begin && segments_count(segments) > 0) {
                        r = is_inside_frame(segments, state, asked);
                        if (r != 0)
                                return r < 0 ? r : -JOBD_E_NO_OUTPUT;
                }
                r = damage_count(segments, state, walk->damaged_from);
                if (r < 0)
                        return r;
        }
        return r;
}

int cache_read(int state_dir, JobId id, OutputState *state, uint64_t position, uint64_t max_bytes,
               CacheFrameFunc func, void *userdata, uint64_t *ret_next) {
        g_auto(Segments) segments = { .dir = -1 };
        uint64_t bytes = 0, asked;
        g_auto(Walk) walk = {};
        unsigned frames = 0;
        int r;

        if (position > state->end)
                return -JOBD_E_NO_OUTPUT;
        r = open_log(state_dir, id, state, &segments);
        if (r < 0)
                return r;
        asked = *ret_next = MAX(position, state->begin);
        walk_init(&walk, &segments, state, asked);
        while ((frames == 0 || bytes < max_bytes) && frames < FRAMES_MAX) {
                int step = next_frame(&walk, state, asked);

                if (step < 0) /* behind what is shown, who goes on from there hears of it */
                        return frames > 0 ? 0 : step;
                r = step == WALK_FRAME ? show_frame(&walk, func, userdata) : 0;
                if (r < 0)
                        return r;
                *ret_next = walk.position;
                if (step == WALK_END)
                        break;
                bytes += walk.frame.header.length;
                frames++;
        }
        return 0;
}

static uint64_t first_position(const Segments *segments) {
        return segments_count(segments) > 0 ? segments_start(segments, 0) : segments->end;
}

static int open_empty(void) {
        int fd = memfd_create("jobd-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
                return -errno;
        (void) fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        return fd;
}

int cache_open_segment(int state_dir, JobId id, OutputState *state, uint64_t position, int *ret_fd,
                       uint64_t *ret_start, uint64_t *ret_end) {
        g_auto(Segments) segments = { .dir = -1 };
        guint i;
        int fd, r;

        if (position > state->end)
                return -JOBD_E_NO_OUTPUT;
        position = MAX(position, state->begin);
        r = open_log(state_dir, id, state, &segments);
        /* who reads on from the next one there is does not see what is missing before */
        if (r >= 0 && position < first_position(&segments))
                r = damage_count(&segments, state, position);
        if (r < 0)
                return r;
        if (segments_count(&segments) == 0) {
                fd = open_empty();
                if (fd < 0)
                        return fd;
                *ret_fd = fd;
                *ret_start = *ret_end = state->end;
                return 0;
        }
        i = segment_find(segments.starts, position);
        fd = segment_open(segments.dir, segments_start(&segments, i), O_RDONLY);
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        *ret_start = segments_start(&segments, i);
        *ret_end = segments_end(&segments, i);
        return 0;
}
