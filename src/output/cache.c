/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/account.h"
#include "output/cache-recover.h"
#include "output/cache.h"
#include "output/damage.h"
#include "output/frames.h"
#include "output/segment.h"
#include "wire/control.h"

/* From this size on a copy costs more than a system call. */
#define WRITE_AT_ONCE (16U * 1024U)

/* Staged small frames: at most this much memory, until the next flush. */
#define STAGED_MAX (64U * 1024U)

#define SEGMENT_MIN 4096U

struct Cache {
        int state_dir;
        JobId id;
        OutputState *state;
        OutputLimit limit;

        Fd fd; /* of the last segment; −1 before the first byte */
        uint64_t start;

        /* What the next flush makes of the state; `tail` ends at staged.end. */
        OutputState staged;
        GByteArray *tail; /* frames that are not written yet */
};

/*
 * A limit is kept by unlinking whole segments: the smaller they are, the closer to it. Eight of them leave
 * at least seven eighths of what may stay; with room for the headers, or full pieces would just not fit. Of
 * a small limit half is left: the last segment is never dropped, so it must fit, too. What the owner's other
 * jobs have taken is a limit as well, and one that changes; of that some KiB stay in any case.
 */
static uint64_t segment_max(const Cache *cache) {
        uint64_t room = account_room(cache->state), max = FRAME_SEGMENT_MAX;

        if (!cache->limit.block) {
                room = MIN(room, cache->limit.bytes);
                max = MIN(max, cache->limit.bytes / 2);
        }
        return MIN(room / 8 + SEGMENT_MIN, max);
}

void cache_free(Cache *cache) {
        if (!cache)
                return;
        fd_clear(&cache->fd);
        g_byte_array_unref(cache->tail);
        g_free(cache);
}

uint64_t cache_next(const Cache *cache, Stream stream) {
        return cache->staged.next[stream];
}

static void empty_tail(Cache *cache) {
        /* the memory of a burst is not kept by a job that sleeps */
        if (cache->tail->len > 0) {
                g_byte_array_unref(cache->tail);
                cache->tail = g_byte_array_new();
        }
}

/* Back to the last flush. A tail that cannot be cut off is overwritten by the next batch, or cut after a
 * restart. */
static void undo(Cache *cache) {
        empty_tail(cache);
        if (cache->fd >= 0)
                (void) !ftruncate(cache->fd, (off_t) (cache->state->end - cache->start));
        cache->staged = *cache->state;
}

/* Writes the tail, and behind it frames that were not copied there. */
static int write_frames(Cache *cache, Frames *frames, Stream stream) {
        uint64_t offset = cache->staged.end - cache->start - cache->tail->len;
        int r = frames_write(frames, cache->fd, offset, cache->tail);

        if (r < 0)
                return r;
        empty_tail(cache);
        cache->staged.end += frames->size;
        cache->staged.next[stream] += frames->bytes;
        frames_clear(frames);
        return 0;
}

static bool is_over_limit(const Cache *cache) {
        return cache->state->unread > cache->limit.bytes || account_is_over(account_of(cache->state));
}

/* Counts what goes with a segment that is dropped as dropped, or, if it is not there, as damaged. */
static int book_dropped(OutputState *state, const Segments *segments, guint i) {
        uint64_t next = segments_start(segments, i + 1), left;
        g_auto(Fd) fd = segment_open(segments->dir, next, O_RDONLY);
        FrameState head;
        int r = fd < 0 ? fd : segment_read_state(fd, &head);

        if (r == -EBADMSG) /* it goes, too, and both are counted with the one behind it */
                return 0;
        if (r >= 0)
                r = damage_check_files(segments, state, MAX(state->begin, segments_start(segments, i)),
                                       next);
        if (r < 0)
                return r;
        left = output_state_bytes(state) - frame_state_bytes(&head) - output_state_damage(state, next);
        if (next > state->begin && left <= state->unread) {
                state->dropped += state->unread - left;
                state->unread = left;
                state->begin = next;
                output_state_pass_damage(state, next);
        }
        return 0;
}

/*
 * Lets go of the oldest segments beyond the limit. Cut to nothing, not only unlinked: a reader that has one
 * open would keep the disk taken. What cannot be listed or read now is tried again at the next flush.
 */
static void drop_oldest(Cache *cache) {
        g_auto(Segments) segments = { .dir = -1 };
        OutputState *state = cache->state;

        if (segments_open(cache->state_dir, cache->id, state, &segments) < 0)
                return;
        for (guint i = 0;
             i + 1 < segments_count(&segments) && (is_over_limit(cache) || state->begin < state->start);
             i++) {
                uint64_t before = output_state_disk(state);

                if (book_dropped(state, &segments, i) < 0)
                        return;
                (void) segment_cut(segments.dir, segments_start(&segments, i));
                state->start = segments_start(&segments, i + 1);
                account_change(state, before);
        }
}

static void keep_limit(Cache *cache) {
        /* the last one is never dropped */
        if (!cache->limit.block && cache->state->start < cache->start && is_over_limit(cache))
                drop_oldest(cache);
}

static int check(int state_dir, JobId id, OutputState *state) {
        g_auto(Segments) segments = { .dir = -1 };
        int r = segments_open(state_dir, id, state, &segments);

        return r < 0 ? r : damage_check(&segments, state);
}

int cache_open(int state_dir, JobId id, OutputState *state, const OutputLimit *limit, Cache **ret) {
        g_autoptr(Cache) cache = g_new(Cache, 1);
        int r;

        *cache = (Cache){
                .state_dir = state_dir,
                .id = id,
                .state = state,
                .limit = *limit,
                .fd = -1,
                .tail = g_byte_array_new(),
        };
        r = cache_recover(state_dir, id, state, limit, &cache->fd, &cache->start);
        if (r >= 0)
                r = check(state_dir, id, state);
        if (r < 0)
                return r;
        /* killed before it could */
        if (state->unread > limit->bytes)
                keep_limit(cache);
        cache->staged = *state;
        *ret = g_steal_pointer(&cache);
        return 0;
}

int cache_flush(Cache *cache) {
        OutputState *state = cache->state;
        uint64_t before = output_state_bytes(state), disk_before = output_state_disk(state);
        Frames none;
        int r;

        if (cache->tail->len > 0) {
                frames_clear(&none);
                r = write_frames(cache, &none, 0);
                if (r < 0) {
                        undo(cache);
                        return r;
                }
        }
        state->end = cache->staged.end;
        memcpy(state->next, cache->staged.next, sizeof(state->next));
        state->lost = cache->staged.lost;
        state->unread += output_state_bytes(state) - before;
        cache->staged = *state;
        account_change(state, disk_before);
        keep_limit(cache);
        return 0;
}

static int make_dir(Cache *cache) {
        int fd;

        if (mkdirat(cache->state_dir, job_id_folder(cache->id).text, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = segment_open_dir(cache->state_dir, cache->id);
        return fd;
}

static void stage(Cache *cache, const FrameHeader *header, const struct iovec *payload, int n_payload) {
        g_byte_array_append(cache->tail, (const guint8 *) header, sizeof(*header));
        for (int i = 0; i < n_payload; i++)
                g_byte_array_append(cache->tail, payload[i].iov_base, (guint) payload[i].iov_len);
}

/* The first frame of a segment: what cache_recover() needs to go on from here without the segments
 * before. */
static void stage_state(Cache *cache) {
        FrameState head = {
                .next = { htole64(cache->staged.next[0]), htole64(cache->staged.next[1]) },
                .lost = htole64(cache->staged.lost),
        };
        struct iovec payload = { &head, sizeof(head) };
        FrameHeader header;

        frame_header_make(&header, FRAME_STATE, 0, 0, 0, &payload, 1);
        stage(cache, &header, &payload, 1);
        cache->staged.end += SEGMENT_HEAD_SIZE;
}

/* A batch never spans segments: what is staged goes into the old one first. */
static int begin_segment(Cache *cache) {
        g_auto(Fd) dir = -1;
        int fd, r;

        r = cache_flush(cache);
        if (r < 0)
                return r;
        dir = make_dir(cache);
        if (dir < 0)
                return dir;
        /* one that is there can only be left from an attempt that failed: nobody was told of it */
        fd = segment_open(dir, cache->staged.end, O_RDWR | O_CREAT | O_TRUNC);
        if (fd < 0)
                return fd;
        fd_clear(&cache->fd);
        cache->fd = fd;
        cache->start = cache->staged.end;
        return 0;
}

static bool has_room(const Cache *cache, size_t size) {
        return cache->staged.end - cache->start + size <= segment_max(cache);
}

/* Makes room for a frame: in this segment, or in a new one. */
static int prepare(Cache *cache, size_t frame_size) {
        uint64_t used = cache->staged.end - cache->start;
        int r;

        if (cache->fd < 0 || (used > SEGMENT_HEAD_SIZE && !has_room(cache, frame_size))) {
                r = begin_segment(cache);
                if (r < 0)
                        return r;
        }
        if (cache->staged.end == cache->start)
                stage_state(cache);
        return 0;
}

static void stage_frame(Cache *cache, Stream stream, uint64_t time, const struct iovec *payload,
                        int n_payload, size_t length) {
        FrameHeader header;

        frame_header_make(&header, (uint8_t) stream, 0, time, cache->staged.next[stream], payload,
                          n_payload);
        stage(cache, &header, payload, n_payload);
        cache->staged.end += sizeof(header) + length;
        cache->staged.next[stream] += length;
}

/* Stages a small frame; adds a large one to `frames`, behind those that are there. */
static int append_frame(Cache *cache, Frames *frames, Stream stream, uint64_t time,
                        const struct iovec *payload, int n_payload, size_t length) {
        size_t size = sizeof(FrameHeader) + length;
        int r = 0;

        if (frames->n_frames > 0 && (frames_is_full(frames) || !has_room(cache, frames->size + size)))
                r = write_frames(cache, frames, stream);
        if (r >= 0 && frames->n_frames == 0)
                r = prepare(cache, size);
        if (r < 0)
                return r;
        if (frames->n_frames == 0 && length < WRITE_AT_ONCE && cache->tail->len + size <= STAGED_MAX)
                stage_frame(cache, stream, time, payload, n_payload, length);
        else
                frames_add(frames, stream, time, cache->staged.next[stream] + frames->bytes, payload,
                           n_payload);
        return 0;
}

int cache_append(Cache *cache, Stream stream, uint64_t time, const void *data, size_t size, bool newline) {
        const size_t piece_max = MIN(FRAME_PAYLOAD_MAX, segment_max(cache));
        const size_t total = size + newline;
        Frames frames;
        int r = 0;

        frames_clear(&frames);
        /* under a very small limit a piece is more than a segment may have */
        for (size_t done = 0, n; r >= 0 && done < total; done += n) {
                struct iovec payload[2];
                int n_payload = 0;

                n = MIN(piece_max, total - done);
                if (done < size)
                        payload[n_payload++] = (struct iovec){ (uint8_t *) data + done,
                                                               MIN(n, size - done) };
                if (done + n > size)
                        payload[n_payload++] = (struct iovec){ (void *) "\n", 1 };
                r = append_frame(cache, &frames, stream, time, payload, n_payload, n);
        }
        if (r >= 0 && frames.n_frames > 0)
                r = write_frames(cache, &frames, stream);
        if (r < 0)
                undo(cache);
        return r;
}

void cache_lose(Cache *cache, Stream stream, uint64_t offset) {
        cache->staged.lost += offset - cache->staged.next[stream];
        cache->staged.next[stream] = offset;
}

uint64_t output_allowed(const OutputState *state, const OutputLimit *limit) {
        uint64_t accounted = state->next[0] + state->next[1], allowed = accounted + CONTROL_WINDOW, room;

        if (!limit->block)
                return allowed;
        room = limit->bytes > state->unread ? limit->bytes - state->unread : 0;
        room = MIN(room, account_grant(state));
        return MIN(allowed, room > UINT64_MAX - accounted ? UINT64_MAX : accounted + room);
}
