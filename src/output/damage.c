/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "output/damage.h"
#include "output/walk.h"

/* Payload that can be read from one position to another. */
static int count_intact(const Segments *segments, const OutputState *state, uint64_t from, uint64_t to,
                        uint64_t *ret) {
        g_auto(Walk) walk = {};
        int r = 0;

        *ret = 0;
        walk_init(&walk, segments, state, from);
        while (walk.position < to && (r = walk_next(&walk)) > 0)
                if (r == WALK_FRAME)
                        *ret += walk.frame.header.length;
        return MIN(r, 0);
}

int damage_count(const Segments *segments, OutputState *state, uint64_t position) {
        uint64_t intact, known, written;
        Mark before, behind;
        int r;

        if (output_state_knows_damage(state, position))
                return 0;
        r = segments_mark_before(segments, state, position, &before);
        if (r < 0)
                return r;
        r = segments_mark_behind(segments, state, position, &behind);
        if (r < 0)
                return r;
        r = count_intact(segments, state, before.position, behind.position, &intact);
        if (r < 0)
                return r;
        /* of a segment that is still being written to, an earlier part may be known */
        known = output_state_damage(state, before.position) - output_state_damage(state, behind.position);
        written = behind.bytes > before.bytes ? behind.bytes - before.bytes : 0;
        output_state_add_damage(
                        state,
                        &(OutputDamage){
                                        .from = output_state_knows_damage(state, before.position)
                                                                ? position
                                                                : before.position,
                                        .to = behind.position,
                                        .bytes = written > intact + known ? written - intact - known : 0,
                        });
        return 0;
}

/* Segments that are marked as received stand at the log's beginning. */
static int take_received(const Segments *segments, OutputState *state) {
        for (guint i = 0; i < segments_count(segments); i++) {
                uint64_t end = segments_end(segments, i);
                g_auto(Fd) fd = segment_open(segments->dir, segments_start(segments, i), O_RDONLY);
                int r = fd < 0 ? fd : segment_is_received(fd);
                Mark mark;

                if (r < 0 && r != -EBADMSG && r != -ENOENT)
                        return r;
                if (r <= 0)
                        return 0;
                if (end <= state->begin)
                        continue;
                r = segments_mark_behind(segments, state, end - 1, &mark);
                if (r < 0)
                        return r;
                state->begin = mark.position;
                output_state_pass_damage(state, state->begin);
                state->unread = output_state_bytes(state) - mark.bytes -
                                output_state_damage(state, state->begin);
        }
        return 0;
}

/* Where a segment's file ends, or where it would begin. */
static int file_end(const Segments *segments, guint i, uint64_t *ret) {
        g_auto(Fd) fd = segment_open(segments->dir, segments_start(segments, i), O_RDONLY);
        struct stat st;

        *ret = segments_start(segments, i);
        if (fd == -ENOENT)
                return 0;
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        *ret += (uint64_t) st.st_size;
        return 0;
}

int damage_check_files(const Segments *segments, OutputState *state, uint64_t from, uint64_t to) {
        uint64_t first = segments_count(segments) > 0 ? segments_start(segments, 0) : state->end, end;
        int r;

        if (from < MIN(first, to)) {
                r = damage_count(segments, state, from);
                if (r < 0)
                        return r;
        }
        for (guint i = 0; i < segments_count(segments); i++) {
                if (segments_end(segments, i) <= from || segments_start(segments, i) >= to)
                        continue;
                r = file_end(segments, i, &end);
                if (r < 0)
                        return r;
                if (end >= segments_end(segments, i))
                        continue;
                r = damage_count(segments, state, MAX(end, from));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_last(const Segments *segments, OutputState *state) {
        guint n = segments_count(segments);
        g_auto(Walk) walk = {};
        int r;

        if (n == 0)
                return 0;
        walk_init(&walk, segments, state, MAX(segments_start(segments, n - 1), state->begin));
        while ((r = walk_next(&walk)) > 0)
                if (r == WALK_DAMAGE) {
                        r = damage_count(segments, state, walk.damaged_from);
                        if (r < 0)
                                return r;
                }
        return r;
}

int damage_check(const Segments *segments, OutputState *state) {
        int r;

        if (state->checked)
                return 0;
        r = take_received(segments, state);
        if (r < 0)
                return r;
        r = damage_check_files(segments, state, state->begin, state->end);
        if (r < 0)
                return r;
        r = state->begin < state->end ? check_last(segments, state) : 0;
        state->checked = r >= 0;
        return r;
}
