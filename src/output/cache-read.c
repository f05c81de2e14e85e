/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "output/cache-read.h"
#include "output/held.h"
#include "output/segment.h"

/* Frames in one answer, so that a job that writes byte by byte cannot make it huge. */
#define FRAMES_MAX 65536U

/* A job's segments, as they are now. */
typedef struct Log {
        Fd dir;
        GArray *starts;
        uint64_t end;
} Log;

static void log_clear(Log *log) {
        fd_clear(&log->dir);
        g_clear_pointer(&log->starts, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Log, log_clear)

/* A job that never wrote anything has no directory: an empty log. */
static int log_open(int state_dir, uint32_t id, const OutputState *state, Log *ret) {
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

static uint64_t log_start(const Log *log, guint i) {
        return g_array_index(log->starts, uint64_t, i);
}

/* What is behind the state's end is not written yet, as far as readers know. */
static uint64_t log_segment_end(const Log *log, guint i) {
        return i + 1 < log->starts->len ? MIN(log_start(log, i + 1), log->end) : log->end;
}

/* One cache_read() on its way. */
typedef struct Reading {
        uint64_t position;
        uint64_t bytes_left;
        unsigned frames;
        CacheFrameFunc func;
        void *userdata;
} Reading;

/* 1: the segment is read to its end. 0: enough for now. −EBADMSG: damaged from reading->position on. */
static int read_segment(const Log *log, guint i, Reading *reading) {
        uint64_t start = log_start(log, i);
        g_auto(Fd) fd = segment_open(log->dir, start, O_RDONLY);
        g_auto(FrameCursor) cursor = {};
        Frame frame;
        int r;

        if (fd < 0)
                return fd;
        frame_cursor_init(&cursor, fd, reading->position - start, log_segment_end(log, i) - start, true);
        for (;;) {
                if (reading->bytes_left == 0 || reading->frames == FRAMES_MAX)
                        return 0;
                r = frame_cursor_next(&cursor, &frame);
                if (r < 0)
                        return r;
                if (r == 0)
                        return 1;
                reading->position = start + cursor.offset;
                if (frame.header.stream == FRAME_STATE)
                        continue;
                r = reading->func(
                                &(CacheFrame){
                                                .position = reading->position,
                                                .time = frame.header.time,
                                                .data = frame.data,
                                                .size = frame.header.length,
                                                .stream = frame.header.stream == FRAME_STDERR,
                                },
                                reading->userdata);
                if (r < 0)
                        return r;
                reading->bytes_left -= MIN(reading->bytes_left, frame.header.length);
                reading->frames++;
        }
}

int cache_read(int state_dir, uint32_t id, const OutputState *state, uint64_t position, uint64_t max_bytes,
               CacheFrameFunc func, void *userdata, uint64_t *ret_next) {
        Reading reading = {
                .position = MAX(position, state->begin),
                .bytes_left = MAX(max_bytes, 1U),
                .func = func,
                .userdata = userdata,
        };
        g_auto(Log) log = { .dir = -1 };
        int r;

        if (position > state->end)
                return -JOBD_E_NO_OUTPUT;
        r = log_open(state_dir, id, state, &log);
        if (r < 0)
                return r;
        if (log.starts->len > 0)
                reading.position = MAX(reading.position, log_start(&log, 0));
        else
                reading.position = state->end;

        for (guint i = segment_find(log.starts, reading.position); i < log.starts->len; i++) {
                uint64_t asked = reading.position;

                if (asked >= log_segment_end(&log, i))
                        continue;
                r = read_segment(&log, i, &reading);
                if (r == -EBADMSG) {
                        /* a position in the middle of a frame looks just like damage */
                        if (reading.position == asked && asked == position && asked != state->begin &&
                            asked != log_start(&log, i))
                                return -JOBD_E_NO_OUTPUT;
                        reading.position = log_segment_end(&log, i);
                } else if (r < 0)
                        return r;
                else if (r == 0)
                        break;
        }
        *ret_next = reading.position;
        return 0;
}

static int open_empty(void) {
        int fd = memfd_create("jobd-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
                return -errno;
        (void) fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
        return fd;
}

int cache_open_segment(int state_dir, uint32_t id, const OutputState *state, uint64_t position, int *ret_fd,
                       uint64_t *ret_start, uint64_t *ret_end) {
        g_auto(Log) log = { .dir = -1 };
        guint i;
        int fd, r;

        if (position > state->end)
                return -JOBD_E_NO_OUTPUT;
        r = log_open(state_dir, id, state, &log);
        if (r < 0)
                return r;
        if (log.starts->len == 0) {
                fd = open_empty();
                if (fd < 0)
                        return fd;
                *ret_fd = fd;
                *ret_start = *ret_end = state->end;
                return 0;
        }
        i = segment_find(log.starts, MAX(position, state->begin));
        fd = segment_open(log.dir, log_start(&log, i), O_RDONLY);
        if (fd < 0)
                return fd;
        *ret_fd = fd;
        *ret_start = log_start(&log, i);
        *ret_end = log_segment_end(&log, i);
        return 0;
}

/* Payload bytes between two positions of one segment. */
static int count_bytes(int fd, uint64_t from, uint64_t to, uint64_t *ret) {
        g_auto(FrameCursor) cursor = {};
        uint64_t bytes = 0;
        Frame frame;
        int r;

        frame_cursor_init(&cursor, fd, from, to, false);
        while ((r = frame_cursor_next(&cursor, &frame)) > 0)
                if (frame.header.stream != FRAME_STATE)
                        bytes += frame.header.length;
        if (r < 0)
                return r == -EBADMSG ? -JOBD_E_INVALID_ARGUMENT : r;
        *ret = bytes;
        return 0;
}

/* Payload bytes of the whole log before `to`, by way of what is nearest: the end, begin, or a segment's start. */
static int bytes_before(const Log *log, const OutputState *state, uint64_t to, uint64_t *ret) {
        uint64_t total = output_state_bytes(state), start, from, bytes = 0;
        g_auto(Fd) fd = -1;
        FrameState head;
        int r;

        if (to == state->end) {
                *ret = total;
                return 0;
        }
        if (log->starts->len == 0)
                return -JOBD_E_INVALID_ARGUMENT;
        start = from = log_start(log, segment_find(log->starts, to));
        if (to < start)
                return -JOBD_E_INVALID_ARGUMENT;
        fd = segment_open(log->dir, start, O_RDONLY);
        if (fd < 0)
                return fd;
        if (state->begin > start) {
                from = state->begin;
                *ret = total - state->unread;
        } else {
                r = segment_read_state(fd, &head);
                if (r < 0)
                        return r;
                *ret = frame_state_bytes(&head);
        }
        r = count_bytes(fd, from - start, to - start, &bytes);
        if (r < 0)
                return r;
        *ret += bytes;
        return 0;
}

/* The first `n` segments go. */
static void let_go(const Log *log, uint32_t id, OutputState *state, guint n) {
        uint64_t disk_before = output_state_disk(state);

        for (guint i = 0; i < n; i++)
                held_let_go(state->account, log->dir, id, log_start(log, i));
        state->start = n < log->starts->len ? log_start(log, n) : log->end;
        account_change(state, disk_before);
}

int cache_consume(int state_dir, uint32_t id, OutputState *state, uint64_t to, bool writing) {
        g_auto(Log) log = { .dir = -1 };
        uint64_t before;
        guint keep = 0;
        int r;

        if (to <= state->begin)
                return 0;
        if (to > state->end)
                return -JOBD_E_INVALID_ARGUMENT;
        r = log_open(state_dir, id, state, &log);
        if (r < 0)
                return r;
        r = bytes_before(&log, state, to, &before);
        if (r < 0)
                return r;

        state->begin = to;
        state->unread = output_state_bytes(state) - before;
        while (keep < log.starts->len && log_segment_end(&log, keep) <= to &&
               (!writing || keep + 1 < log.starts->len))
                keep++;
        let_go(&log, id, state, keep);
        return 0;
}

int cache_remove(int state_dir, uint32_t id, OutputState *state) {
        g_auto(Log) log = { .dir = -1 };
        int r = log_open(state_dir, id, state, &log);

        if (r < 0)
                return r;
        state->begin = state->end;
        state->unread = 0;
        let_go(&log, id, state, log.starts->len);
        return 0;
}
