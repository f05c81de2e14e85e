/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "frames.h"
#include "fuzz.h"
#include "output/walk.h"

/*
 * A log on the disk, as jobd reads it. The first byte says (a sum): 1: checksums are left as they are; 2: it
 * is in two segments; 4: the second one is missing; 8: the streams are short. The second byte is where the
 * second segment begins, in 8 bytes, counted from the end of the log.
 */
enum {
        KEEP_CHECKSUMS = 1,
        TWO_SEGMENTS = 2,
        SECOND_MISSING = 4,
        SHORT_STREAMS = 8,
};

#define HEAD 2U

typedef struct Log {
        char *path;
        int dir;
        uint64_t second; /* 0: there is but one */
        uint64_t end;
} Log;

static void write_segment(const Log *log, uint64_t start, const uint8_t *data, size_t size) {
        g_auto(Fd) fd = segment_open(log->dir, start, O_RDWR | O_CREAT | O_EXCL);

        CHECK(fd >= 0 && write(fd, data, size) == (ssize_t) size);
}

/* Frames of the first segment do not reach into the second. */
static void make(Log *log, const uint8_t *data, size_t size, unsigned how, unsigned behind) {
        g_autofree uint8_t *copy = g_memdup2(data, size);

        log->path = g_dir_make_tmp("jobd-fuzz-XXXXXX", NULL);
        log->dir = open(log->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(log->dir >= 0);
        log->second = (how & TWO_SEGMENTS) && behind * 8U < size ? size - behind * 8U : 0;
        log->end = size;
        if ((how & KEEP_CHECKSUMS) == 0) {
                mend_checksums(copy, log->second ? log->second : size);
                mend_checksums(copy + log->second, size - log->second);
        }
        write_segment(log, 0, copy, log->second ? log->second : size);
        if (log->second && (how & SECOND_MISSING) == 0)
                write_segment(log, log->second, copy + log->second, size - log->second);
}

static void unmake(const Log *log) {
        (void) segment_unlink(log->dir, 0);
        (void) segment_unlink(log->dir, log->second);
        (void) close(log->dir);
        CHECK(rmdir(log->path) == 0);
        g_free(log->path);
}

static void check_frame(const Walk *walk, const OutputState *state, uint64_t before) {
        const FrameHeader *header = &walk->frame.header;
        uint32_t crc = crc32c(0, walk->frame.data - sizeof(*header) + FRAME_COVERED,
                              sizeof(*header) - FRAME_COVERED + header->length);

        CHECK(crc == header->crc32c && header->length > 0 && header->length <= FRAME_PAYLOAD_MAX);
        CHECK(header->stream <= STREAM_STDERR && walk_frame_start(walk) >= before);
        CHECK(walk->position <= state->end);
}

/* From the log's begin to its end, and never back. */
static void walk_all(const Segments *segments, const OutputState *state) {
        g_auto(Walk) walk = {};
        uint64_t before = 0;
        int r;

        walk_init(&walk, segments, state, 0);
        while ((r = walk_next(&walk)) > 0) {
                CHECK(walk.position > before && walk.position <= segments->end);
                if (r == WALK_FRAME)
                        check_frame(&walk, state, before);
                else
                        CHECK(walk.damaged_from >= before && walk.damaged_from < walk.position);
                before = walk.position;
        }
        CHECK(r == WALK_END && walk.position == segments->end);
}

/* Headers alone; then the head, which can be marked if it can be read. */
static void read_first(const Log *log) {
        g_auto(Fd) fd = segment_open(log->dir, 0, O_RDWR);
        g_auto(FrameCursor) cursor = {};
        FrameState state;
        Frame frame;
        int r;

        frame_cursor_init(&cursor, fd, 0, log->second ? log->second : log->end, false);
        do
                r = frame_cursor_next(&cursor, &frame);
        while (r > 0);
        CHECK(r == 0 || r == -EBADMSG);
        CHECK(cursor.offset <= log->end);
        r = segment_read_state(fd, &state);
        CHECK(r == 0 || r == -EBADMSG);
        CHECK(segment_mark_received(fd) == r && (r < 0 || segment_is_received(fd) == 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        g_autoptr(GArray) starts = g_array_new(FALSE, TRUE, sizeof(uint64_t));
        OutputState state = {};
        Segments segments;
        Log log = {};

        if (size <= HEAD)
                return 0;
        make(&log, data + HEAD, size - HEAD, data[0], data[1]);
        g_array_set_size(starts, 1);
        if (log.second)
                g_array_append_val(starts, log.second);
        state.end = log.end;
        state.next[0] = state.next[1] = data[0] & SHORT_STREAMS ? 4096 : UINT64_MAX / 4;
        segments = (Segments){ .dir = log.dir, .starts = starts, .end = log.end };
        walk_all(&segments, &state);
        read_first(&log);
        unmake(&log);
        return 0;
}
