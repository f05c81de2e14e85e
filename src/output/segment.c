/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crc32c.h"
#include "base/parse.h"
#include "output/segment.h"

#define SEGMENT_PREFIX   "output."
#define SEGMENT_NAME_MAX (sizeof(SEGMENT_PREFIX) + 20)

/* What one read fetches: some full frames, or, of headers alone, what is small change for the disk. */
#define READ_PAYLOADS (4U * FRAME_PAYLOAD_MAX)
#define READ_HEADERS  (16U * 1024U)

void frame_header_make(FrameHeader *header, uint8_t stream, uint8_t flags, uint64_t time, uint64_t offset,
                       const struct iovec *parts, int n_parts) {
        uint32_t crc;
        size_t length = 0;

        for (int i = 0; i < n_parts; i++)
                length += parts[i].iov_len;
        *header = (FrameHeader){
                .magic = htole16(FRAME_MAGIC),
                .length = htole32((uint32_t) length),
                .stream = stream,
                .flags = flags,
                .time = htole64(time),
                .offset = htole64(offset),
        };
        crc = crc32c(0, (const uint8_t *) header + FRAME_COVERED, sizeof(*header) - FRAME_COVERED);
        for (int i = 0; i < n_parts; i++)
                crc = crc32c(crc, parts[i].iov_base, parts[i].iov_len);
        header->crc32c = htole32(crc);
}

int segment_open_dir(int state_dir, JobId id) {
        int fd = openat(state_dir, job_id_folder(id).text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int compare_starts(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return x < y ? -1 : x > y;
}

static void dir_close(DIR *dir) {
        (void) closedir(dir);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, dir_close)

int segment_list(int dir, GArray **ret) {
        g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        /* a description of its own: reading moves its offset */
        g_auto(Fd) copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_autoptr(DIR) d = copy >= 0 ? fdopendir(copy) : NULL;

        if (!d)
                return -errno;
        (void) fd_steal(&copy);
        for (;;) {
                const struct dirent *entry;
                uint64_t start;

                errno = 0;
                entry = readdir(d);
                if (!entry)
                        break;
                if (g_str_has_prefix(entry->d_name, SEGMENT_PREFIX) &&
                    parse_u64(entry->d_name + strlen(SEGMENT_PREFIX), &start) >= 0)
                        g_array_append_val(starts, start);
        }
        if (errno != 0)
                return -errno;
        g_array_sort(starts, compare_starts);
        *ret = g_steal_pointer(&starts);
        return 0;
}

guint segment_find(const GArray *starts, uint64_t position) {
        guint low = 0, high = starts->len;

        while (low < high) {
                guint middle = low + (high - low) / 2;

                if (g_array_index(starts, uint64_t, middle) <= position)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low > 0 ? low - 1 : 0;
}

static void segment_name(char *name, uint64_t start) {
        (void) snprintf(name, SEGMENT_NAME_MAX, SEGMENT_PREFIX "%" PRIu64, start);
}

int segment_open(int dir, uint64_t start, int flags) {
        char name[SEGMENT_NAME_MAX];
        int fd;

        segment_name(name, start);
        fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : fd;
}

int segment_unlink(int dir, uint64_t start) {
        char name[SEGMENT_NAME_MAX];

        segment_name(name, start);
        return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

int segment_cut(int dir, uint64_t start) {
        g_auto(Fd) fd = segment_open(dir, start, O_WRONLY);
        int r = segment_unlink(dir, start);

        /* in this order: an empty segment that was still there would be a damaged one */
        if (r >= 0 && fd >= 0)
                (void) !ftruncate(fd, 0);
        return r;
}

int segment_move(int dir, uint64_t start, int to_dir, const char *to_name) {
        char name[SEGMENT_NAME_MAX];

        segment_name(name, start);
        return renameat(dir, name, to_dir, to_name) < 0 ? -errno : 0;
}

/* The head as it stands in the file. */
static int read_head(int fd, FrameHeader *ret_header, FrameState *ret) {
        g_auto(FrameCursor) cursor = {};
        Frame frame;
        int r;

        frame_cursor_init(&cursor, fd, 0, SEGMENT_HEAD_SIZE, true);
        r = frame_cursor_next(&cursor, &frame);
        if (r < 0)
                return r;
        if (r == 0 || frame.header.stream != FRAME_STATE || frame.header.length != sizeof(*ret))
                return -EBADMSG;
        *ret_header = frame.header;
        memcpy(ret, frame.data, sizeof(*ret));
        return 0;
}

int segment_is_received(int fd) {
        FrameHeader header;
        FrameState head;
        int r = read_head(fd, &header, &head);

        return r < 0 ? r : (header.flags & FRAME_RECEIVED) != 0;
}

int segment_mark_received(int fd) {
        struct {
                FrameHeader header;
                FrameState state;
        } head;
        struct iovec payload = { &head.state, sizeof(head.state) };
        int r = read_head(fd, &head.header, &head.state);

        if (r < 0)
                return r;
        frame_header_make(&head.header, FRAME_STATE, FRAME_RECEIVED, 0, 0, &payload, 1);
        if (pwrite(fd, &head, sizeof(head), 0) != sizeof(head) || ftruncate(fd, sizeof(head)) < 0)
                return -errno;
        return 0;
}

int segment_read_state(int fd, FrameState *ret) {
        FrameHeader header;
        int r = read_head(fd, &header, ret);

        if (r < 0)
                return r;
        *ret = (FrameState){
                .next = { le64toh(ret->next[0]), le64toh(ret->next[1]) },
                .lost = le64toh(ret->lost),
        };
        return 0;
}

void frame_cursor_init(FrameCursor *cursor, int fd, uint64_t offset, uint64_t end, bool payload) {
        *cursor = (FrameCursor){ .fd = fd, .payload = payload, .offset = offset, .end = end };
}

void frame_cursor_clear(FrameCursor *cursor) {
        g_clear_pointer(&cursor->buffer, g_free);
}

/* Has the `size` bytes of the file from the cursor's offset on in the buffer, if the file has them. */
static int cursor_fill(FrameCursor *cursor, size_t size, const uint8_t **ret) {
        uint64_t have_end = cursor->buffer_offset + cursor->filled;
        size_t capacity, kept = 0;

        if (cursor->offset >= cursor->buffer_offset && cursor->offset + size <= have_end) {
                *ret = cursor->buffer + (cursor->offset - cursor->buffer_offset);
                return 0;
        }
        if (cursor->end < cursor->offset || cursor->end - cursor->offset < size)
                return -EBADMSG;

        capacity = MIN(cursor->payload ? READ_PAYLOADS : READ_HEADERS, cursor->end);
        if (!cursor->buffer)
                cursor->buffer = g_malloc(capacity);
        if (cursor->offset >= cursor->buffer_offset && cursor->offset < have_end) {
                kept = (size_t) (have_end - cursor->offset);
                memmove(cursor->buffer, cursor->buffer + (cursor->offset - cursor->buffer_offset), kept);
        }
        cursor->buffer_offset = cursor->offset;
        cursor->filled = kept;
        while (cursor->filled < size) {
                uint64_t from = cursor->buffer_offset + cursor->filled;
                ssize_t n = pread(cursor->fd, cursor->buffer + cursor->filled,
                                  MIN(capacity - cursor->filled, cursor->end - from), (off_t) from);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return -EBADMSG;
                cursor->filled += (size_t) n;
        }
        *ret = cursor->buffer;
        return 0;
}

static bool header_is_sane(const FrameHeader *header) {
        return header->magic == FRAME_MAGIC &&
               (header->stream < _STREAM_MAX || header->stream == FRAME_STATE) && header->length > 0 &&
               header->length <= FRAME_PAYLOAD_MAX && header->offset <= UINT64_MAX - header->length;
}

int frame_cursor_next(FrameCursor *cursor, Frame *ret) {
        const uint8_t *bytes = NULL;
        FrameHeader raw, header;
        int r;

        if (cursor->offset == cursor->end)
                return 0;
        r = cursor_fill(cursor, sizeof(raw), &bytes);
        if (r < 0)
                return r;
        memcpy(&raw, bytes, sizeof(raw));
        header = raw;
        header.magic = le16toh(raw.magic);
        header.crc32c = le32toh(raw.crc32c);
        header.length = le32toh(raw.length);
        header.time = le64toh(raw.time);
        header.offset = le64toh(raw.offset);
        if (!header_is_sane(&header) || cursor->end - cursor->offset < sizeof(raw) + header.length)
                return -EBADMSG;

        *ret = (Frame){ .header = header };
        if (cursor->payload) {
                r = cursor_fill(cursor, sizeof(raw) + header.length, &bytes);
                if (r < 0)
                        return r;
                if (crc32c(0, bytes + FRAME_COVERED, sizeof(raw) - FRAME_COVERED + header.length) !=
                    header.crc32c)
                        return -EBADMSG;
                ret->data = bytes + sizeof(raw);
        }
        cursor->offset += sizeof(raw) + header.length;
        return 1;
}
