/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>

#include "output/segments.h"

void segments_clear(Segments *segments) {
        fd_clear(&segments->dir);
        g_clear_pointer(&segments->starts, g_array_unref);
}

int segments_open(int state_dir, JobId id, const OutputState *state, Segments *ret) {
        ret->end = state->end;
        ret->dir = segment_open_dir(state_dir, id);
        if (ret->dir == -ENOENT)
                ret->starts = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        else if (ret->dir < 0)
                return ret->dir;
        else
                return segment_list(ret->dir, &ret->starts);
        return 0;
}

uint64_t segments_end(const Segments *segments, guint i) {
        return i + 1 < segments_count(segments) ? MIN(segments_start(segments, i + 1), segments->end)
                                                : segments->end;
}

bool segments_is_inside_head(const Segments *segments, uint64_t position) {
        uint64_t start;

        if (segments_count(segments) == 0)
                return false;
        start = segments_start(segments, segment_find(segments->starts, position));
        return position > start && position - start < SEGMENT_HEAD_SIZE;
}

/* 1: it says it. 0: it is damaged, or not there any more. */
static int read_mark(const Segments *segments, guint i, Mark *ret) {
        uint64_t start = segments_start(segments, i);
        g_auto(Fd) fd = segment_open(segments->dir, start, O_RDONLY);
        FrameState head;
        int r = fd < 0 ? fd : segment_read_state(fd, &head);

        if (r == -EBADMSG || r == -ENOENT)
                return 0;
        if (r < 0)
                return r;
        *ret = (Mark){ .position = start, .bytes = frame_state_bytes(&head) };
        return 1;
}

int segments_mark_before(const Segments *segments, const OutputState *state, uint64_t position, Mark *ret) {
        guint n = segments_count(segments);

        for (guint i = n > 0 ? segment_find(segments->starts, position) + 1 : 0; i-- > 0;) {
                int r;

                if (segments_start(segments, i) > position)
                        continue;
                /* what is before begin has been received or dropped, and is of no interest */
                if (segments_start(segments, i) < state->begin)
                        break;
                r = read_mark(segments, i, ret);
                if (r != 0)
                        return MIN(r, 0);
        }
        *ret = (Mark){
                .position = state->begin,
                .bytes = output_state_bytes(state) - state->unread -
                         output_state_damage(state, state->begin),
        };
        return 0;
}

int segments_mark_behind(const Segments *segments, const OutputState *state, uint64_t position, Mark *ret) {
        for (guint i = 0; i < segments_count(segments) && segments_start(segments, i) < state->end; i++) {
                int r = 0;

                if (segments_start(segments, i) > position)
                        r = read_mark(segments, i, ret);
                if (r != 0)
                        return MIN(r, 0);
        }
        *ret = (Mark){ .position = state->end, .bytes = output_state_bytes(state) };
        return 0;
}
