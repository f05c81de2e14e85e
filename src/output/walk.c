/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "output/walk.h"

#define SEARCH_BYTES 65536U

/* Bytes whose checksums are tried behind one damage: output can be made of what looks like headers. */
#define TRIED_MAX (8U * FRAME_SEGMENT_MAX)

void walk_init(Walk *walk, const Segments *segments, const OutputState *state, uint64_t position) {
        *walk = (Walk){
                .segments = segments,
                .position = position,
                .last = { state->next[0], state->next[1] },
                .fd = -1,
        };
}

static void close_segment(Walk *walk) {
        frame_cursor_clear(&walk->cursor);
        fd_clear(&walk->fd);
}

void walk_clear(Walk *walk) {
        if (walk->segments)
                close_segment(walk);
}

static int pass_to(Walk *walk, uint64_t position) {
        close_segment(walk);
        walk->damaged_from = walk->position;
        walk->position = position;
        return WALK_DAMAGE;
}

/* The segment that holds the position. 0, or as walk_next(). */
static int open_segment(Walk *walk) {
        const Segments *segments = walk->segments;
        uint64_t first = segments_count(segments) > 0 ? segments_start(segments, 0) : segments->end;
        guint i;
        int fd;

        if (walk->position < first)
                return pass_to(walk, MIN(first, segments->end));
        i = segment_find(segments->starts, walk->position);
        fd = segment_open(segments->dir, segments_start(segments, i), O_RDONLY);
        if (fd == -ENOENT)
                return pass_to(walk, segments_end(segments, i));
        if (fd < 0)
                return fd;
        walk->fd = fd;
        walk->start = segments_start(segments, i);
        walk->end = segments_end(segments, i);
        frame_cursor_init(&walk->cursor, fd, walk->position - walk->start, walk->end - walk->start, true);
        return 0;
}

/* 1: at this place of the file stands a frame that may follow here, or the segment's end. 0: not. */
static int try(Walk *walk, uint64_t offset, uint64_t *tried) {
        FrameCursor *cursor = &walk->cursor;
        const FrameHeader *header = &walk->frame.header;
        uint64_t before = cursor->offset;
        int r;

        cursor->offset = offset;
        r = frame_cursor_next(cursor, &walk->frame);
        cursor->offset = before;
        *tried += r > 0 ? header->length : FRAME_PAYLOAD_MAX;
        if (r == -EBADMSG)
                return 0;
        if (r <= 0)
                return r < 0 ? r : 1;
        if (header->stream == FRAME_STATE)
                return offset == 0;
        return header->offset >= walk->next[header->stream] &&
               header->offset + header->length <= walk->last[header->stream];
}

/* Whoever can be believed that far has a frame behind it. */
static int find_by_length(Walk *walk, uint64_t *ret, uint64_t *tried) {
        FrameHeader header;
        ssize_t n = pread(walk->fd, &header, sizeof(header), (off_t) walk->cursor.offset);
        uint64_t next = walk->cursor.offset + sizeof(header) + le32toh(header.length);

        if (n < 0)
                return -errno;
        if (n != sizeof(header) || le16toh(header.magic) != FRAME_MAGIC ||
            le32toh(header.length) > FRAME_PAYLOAD_MAX || next > walk->cursor.end)
                return 0;
        *ret = next;
        return try(walk, next, tried);
}

static int find_by_magic(Walk *walk, uint64_t *ret, uint64_t *tried) {
        const uint16_t magic = htole16(FRAME_MAGIC);
        const uint64_t behind = offsetof(FrameHeader, magic);
        g_autofree uint8_t *bytes = g_malloc(SEARCH_BYTES);
        uint64_t from = walk->cursor.offset + 1 + behind;

        while (from < walk->cursor.end && *tried < TRIED_MAX) {
                size_t want = (size_t) MIN(SEARCH_BYTES, walk->cursor.end - from);
                ssize_t n = pread(walk->fd, bytes, want, (off_t) from);
                const uint8_t *p = bytes, *end = bytes + MAX(n, 0), *found;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if ((size_t) n < sizeof(magic))
                        return 0;
                while ((found = memmem(p, (size_t) (end - p), &magic, sizeof(magic)))) {
                        int r;

                        *ret = from + (uint64_t) (found - bytes) - behind;
                        r = *tried < TRIED_MAX ? try(walk, *ret, tried) : 0;
                        if (r != 0)
                                return r;
                        p = found + 1;
                }
                /* one may stand across the edge */
                from += (uint64_t) n - (sizeof(magic) - 1);
        }
        return 0;
}

/* The cursor stands at what is no frame. */
static int pass_damage(Walk *walk) {
        uint64_t found = 0, tried = 0;
        FrameState head;
        int r = segment_read_state(walk->fd, &head);

        if (r < 0 && r != -EBADMSG)
                return r;
        for (int i = 0; r >= 0 && i < 2; i++)
                walk->next[i] = MAX(walk->next[i], head.next[i]);
        r = find_by_length(walk, &found, &tried);
        if (r == 0)
                r = find_by_magic(walk, &found, &tried);
        if (r < 0)
                return r;
        return pass_to(walk, r > 0 ? walk->start + found : walk->end);
}

int walk_next(Walk *walk) {
        while (walk->position < walk->segments->end) {
                const FrameHeader *header = &walk->frame.header;
                int r;

                if (walk->fd < 0) {
                        r = open_segment(walk);
                        if (r != 0)
                                return r;
                }
                r = frame_cursor_next(&walk->cursor, &walk->frame);
                if (r == -EBADMSG)
                        return pass_damage(walk);
                if (r < 0)
                        return r;
                walk->position = walk->start + walk->cursor.offset;
                if (r == 0) {
                        close_segment(walk);
                        continue;
                }
                if (header->stream == FRAME_STATE)
                        continue;
                walk->next[header->stream] = header->offset + header->length;
                return WALK_FRAME;
        }
        return WALK_END;
}
