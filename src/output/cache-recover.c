/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/account.h"
#include "output/cache-recover.h"
#include "output/segment.h"

/* What one segment file says of the log up to its end. */
typedef struct Found {
        uint64_t end; /* position behind its last whole frame */
        uint64_t next[2];
        uint64_t lost;
} Found;

/*
 * Reads the whole segment and cuts off what is not a sound frame: a torn write, or zeros where the disk
 * never got the bytes. They can be had from the journal again.
 */
static int scan(int fd, uint64_t start, Found *ret) {
        g_auto(FrameCursor) cursor = {};
        struct stat st;
        FrameState head;
        Frame frame;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        r = segment_read_state(fd, &head);
        if (r < 0)
                return r;
        *ret = (Found){ .next = { head.next[0], head.next[1] }, .lost = head.lost };

        frame_cursor_init(&cursor, fd, SEGMENT_HEAD_SIZE, (uint64_t) st.st_size, true);
        for (;;) {
                uint64_t *next, sound = cursor.offset;

                r = frame_cursor_next(&cursor, &frame);
                if (r == 0)
                        break;
                if (r > 0 && frame.header.stream != FRAME_STATE) {
                        next = &ret->next[frame.header.stream];
                        if (frame.header.offset >= *next) {
                                ret->lost += frame.header.offset - *next;
                                *next = frame.header.offset + frame.header.length;
                                continue;
                        }
                        r = -EBADMSG;
                }
                if (r != -EBADMSG && r < 0)
                        return r;
                if (ftruncate(fd, (off_t) sound) < 0)
                        return -errno;
                cursor.offset = sound;
                break;
        }
        ret->end = start + cursor.offset;
        return 0;
}

/* The last segment that has a sound beginning; damaged ones behind it go. *ret_fd is −1 if there is none. */
static int find_last(int dir, GArray *starts, int *ret_fd, uint64_t *ret_start, Found *ret) {
        for (; starts->len > 0; g_array_set_size(starts, starts->len - 1)) {
                uint64_t start = g_array_index(starts, uint64_t, starts->len - 1);
                g_auto(Fd) fd = segment_open(dir, start, O_RDWR);
                int r;

                if (fd < 0)
                        return fd;
                r = scan(fd, start, ret);
                if (r >= 0) {
                        *ret_start = start;
                        *ret_fd = fd_steal(&fd);
                        return 0;
                }
                if (r != -EBADMSG)
                        return r;
                r = segment_unlink(dir, start);
                if (r < 0)
                        return r;
        }
        *ret_fd = -1;
        return 0;
}

/* The state in the record is newer than the segments (the machine went down): what they lack is gone. */
static void trust_state(OutputState *state) {
        uint64_t written = state->unread + output_state_damage(state, state->begin);

        output_state_forget_damage(state, state->begin);
        state->lost += written;
        state->unread = 0;
        state->begin = state->end;
}

static int first_bytes(int dir, uint64_t start, uint64_t *ret) {
        g_auto(Fd) fd = segment_open(dir, start, O_RDONLY);
        FrameState head;
        int r;

        if (fd < 0)
                return fd;
        r = segment_read_state(fd, &head);
        if (r < 0)
                return r;
        *ret = frame_state_bytes(&head);
        return 0;
}

/*
 * Begin stays where the record has it: it is saved before what has been received is unlinked. Dropping
 * unlinks first, and need not change the record; a job in block mode drops nothing, and what it lacks is
 * damage.
 */
static void merge(OutputState *state, const Found *found, const OutputLimit *limit, uint64_t first,
                  uint64_t bytes_before_first) {
        uint64_t known = output_state_damage(state, state->begin),
                 received = output_state_bytes(state) - state->unread - known, total;

        state->end = found->end;
        state->next[0] = found->next[0];
        state->next[1] = found->next[1];
        state->lost = found->lost;
        total = output_state_bytes(state);
        if (state->begin < first && !limit->block) {
                uint64_t left = output_state_damage(state, first);

                if (bytes_before_first > received + known - left)
                        state->dropped += bytes_before_first - received - (known - left);
                state->begin = first;
                received = bytes_before_first;
        }
        output_state_pass_damage(state, state->begin);
        output_state_forget_damage(state, state->end);
        received += output_state_damage(state, state->begin);
        state->unread = total > received ? total - received : 0;
}

static int recover(int state_dir, JobId id, OutputState *state, const OutputLimit *limit, int *ret_fd,
                   uint64_t *ret_start) {
        g_auto(Fd) dir = segment_open_dir(state_dir, id), fd = -1;
        g_autoptr(GArray) starts = NULL;
        uint64_t start = 0, before_first = 0;
        Found found = {};
        int r;

        *ret_fd = -1;
        *ret_start = 0;
        if (dir < 0 && dir != -ENOENT)
                return dir;
        if (dir >= 0) {
                r = segment_list(dir, &starts);
                if (r < 0)
                        return r;
                r = find_last(dir, starts, &fd, &start, &found);
                if (r < 0)
                        return r;
        }
        if (fd < 0 || found.end < state->begin) {
                trust_state(state);
                state->start = starts && starts->len > 0 ? g_array_index(starts, uint64_t, 0) : state->end;
                return 0;
        }
        r = first_bytes(dir, g_array_index(starts, uint64_t, 0), &before_first);
        if (r < 0 && r != -EBADMSG)
                return r;
        merge(state, &found, limit, g_array_index(starts, uint64_t, 0), before_first);
        state->start = g_array_index(starts, uint64_t, 0);
        *ret_start = start;
        *ret_fd = fd_steal(&fd);
        return 0;
}

int cache_recover(int state_dir, JobId id, OutputState *state, const OutputLimit *limit, int *ret_fd,
                  uint64_t *ret_start) {
        uint64_t disk_before = output_state_disk(state);
        int r = recover(state_dir, id, state, limit, ret_fd, ret_start);

        account_change(state, disk_before);
        return r;
}
