/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "output/cache-read.h"
#include "output/damage.h"
#include "output/held.h"
#include "output/walk.h"

/* Payload that can be read from one position up to another, where a frame, or a segment's head, must end.
 * What is damaged is counted. */
static int read_to(const Segments *segments, OutputState *state, uint64_t from, uint64_t to, uint64_t *ret) {
        g_auto(Walk) walk = {};
        int r = 0;

        *ret = 0;
        walk_init(&walk, segments, state, from);
        while (walk.position < to && (r = walk_next(&walk)) > 0) {
                if (r == WALK_FRAME) {
                        if (walk.position > to)
                                return walk_frame_start(&walk) < to ? -JOBD_E_INVALID_ARGUMENT : 0;
                        *ret += walk.frame.header.length;
                        continue;
                }
                r = damage_count(segments, state, walk.damaged_from);
                if (r < 0)
                        return r;
        }
        return MIN(r, 0);
}

/* What is unread when begin is at `to`; by way of the nearest place where that is known. */
static int count_unread(const Segments *segments, OutputState *state, uint64_t to, uint64_t *ret) {
        uint64_t intact, unread;
        Mark mark;
        int r;

        *ret = 0;
        if (to == state->end)
                return 0;
        if (segments_is_inside_head(segments, to))
                return -JOBD_E_INVALID_ARGUMENT;
        r = segments_mark_before(segments, state, to, &mark);
        if (r < 0)
                return r;
        r = read_to(segments, state, mark.position, to, &intact);
        if (r < 0)
                return r;
        unread = mark.position == state->begin ? state->unread
                                               : output_state_bytes(state) - mark.bytes -
                                                                 output_state_damage(state, mark.position);
        *ret = unread > intact ? unread - intact : 0;
        return 0;
}

/* Segments wholly before begin; while it is written to, the last one stays. */
static guint count_passed(const Segments *segments, const OutputState *state, bool writing) {
        guint n = 0;

        while (n < segments_count(segments) && segments_end(segments, n) <= state->begin &&
               (!writing || n + 1 < segments_count(segments)))
                n++;
        return n;
}

/* The first `n` segments go. */
static void let_go(const Segments *segments, JobId id, OutputState *state, guint n) {
        uint64_t disk_before = output_state_disk(state);

        for (guint i = 0; i < n; i++)
                held_let_go(account_of(state), segments->dir, id, segments_start(segments, i));
        state->start = n < segments_count(segments) ? segments_start(segments, n) : segments->end;
        account_change(state, disk_before);
}

static void mark_received(const Segments *segments, guint n) {
        for (guint i = 0; i < n; i++) {
                g_auto(Fd) fd = segment_open(segments->dir, segments_start(segments, i), O_RDWR);

                /* what somebody reads would give no room: it stays as it is */
                if (fd < 0 || held_is_open_elsewhere(fd) || segment_mark_received(fd) < 0)
                        return;
        }
}

/*
 * The record first: what it does not say was received, and is not there, would be damage. On a full disk
 * that fails, and to receive is what makes room: then the segments say it themselves, in the blocks that
 * they have, give the rest of those back, and the record has room. If even so it cannot be saved, it is
 * saved later; until then a jobd that is killed has a copy (store/copies.h), or without it the marks, and
 * what was received of the segment behind them comes again.
 */
static int save_begin(const Segments *segments, guint n, CacheSaveFunc save, void *userdata) {
        int r = save(userdata);

        if (r != -ENOSPC && r != -EDQUOT)
                return r < 0 ? r : 1;
        mark_received(segments, n);
        return save(userdata) >= 0;
}

int cache_consume(int state_dir, JobId id, OutputState *state, uint64_t to, bool writing, CacheSaveFunc save,
                  void *userdata) {
        g_auto(Segments) segments = { .dir = -1 };
        uint64_t begin, unread, unread_before;
        guint n;
        int r;

        if (to <= state->begin)
                return 0;
        if (to > state->end)
                return -JOBD_E_INVALID_ARGUMENT;
        r = segments_open(state_dir, id, state, &segments);
        if (r < 0)
                return r;
        r = damage_check(&segments, state);
        if (r < 0)
                return r;
        r = damage_check_files(&segments, state, state->begin, to);
        if (r < 0)
                return r;
        r = count_unread(&segments, state, to, &unread);
        if (r < 0)
                return r;

        begin = state->begin;
        unread_before = state->unread;
        state->begin = MAX(begin, to);
        state->unread = unread;
        n = count_passed(&segments, state, writing);
        r = save_begin(&segments, n, save, userdata);
        if (r < 0) {
                state->begin = begin;
                state->unread = unread_before;
                return r;
        }
        output_state_pass_damage(state, state->begin);
        if (r > 0)
                let_go(&segments, id, state, n);
        return 0;
}

int cache_remove(int state_dir, JobId id, OutputState *state) {
        g_auto(Segments) segments = { .dir = -1 };
        int r = segments_open(state_dir, id, state, &segments);

        if (r < 0)
                return r;
        state->begin = state->end;
        state->unread = 0;
        output_state_pass_damage(state, state->begin);
        let_go(&segments, id, state, segments_count(&segments));
        return 0;
}
