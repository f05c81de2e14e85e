/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "fixture.h"
#include "output/cache-read.h"
#include "output/cache.h"
#include "output/segment.h"
#include "run.h"
#include "wire/control.h"
#include "wire/frame.h"
#include "wire/record.h"

static const OutputLimit unlimited = { .bytes = UINT64_MAX };

/* What a reader gets: both streams one after the other, and the ends of the frames. */
typedef struct Got {
        GByteArray *bytes[2];
        GArray *ends;
        unsigned frames;
} Got;

static void got_clear(Got *got) {
        g_clear_pointer(&got->bytes[0], g_byte_array_unref);
        g_clear_pointer(&got->bytes[1], g_byte_array_unref);
        g_clear_pointer(&got->ends, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Got, got_clear)

static Got got_new(void) {
        return (Got){ .bytes = { g_byte_array_new(), g_byte_array_new() },
                      .ends = g_array_new(FALSE, FALSE, sizeof(uint64_t)) };
}

static int on_frame(const CacheFrame *frame, void *userdata) {
        Got *got = userdata;

        g_byte_array_append(got->bytes[frame->stream], frame->data, (guint) frame->size);
        g_array_append_val(got->ends, frame->position);
        got->frames++;
        return 0;
}

static Got read_all(int dir, OutputState *state) {
        Got got = got_new();
        uint64_t position = 0;

        while (position < state->end) {
                uint64_t next;

                ck_assert_int_eq(cache_read(dir, job_id(7), state, position, 1024 * 1024, on_frame, &got,
                                            &next),
                                 0);
                ck_assert_uint_gt(next, position);
                position = next;
        }
        return got;
}

static void ck_stream(const Got *got, int stream, const void *data, size_t size) {
        ck_assert_uint_eq(got->bytes[stream]->len, size);
        if (size > 0)
                ck_assert_mem_eq(got->bytes[stream]->data, data, size);
}

static void open_cache(const TestDir *dir, OutputState *state, const OutputLimit *limit, Cache **ret) {
        ck_assert_int_eq(cache_open(dir->fd, job_id(7), state, limit, ret), 0);
}

static void append(Cache *cache, int stream, const char *text) {
        ck_assert_int_eq(cache_append(cache, stream, 1, text, strlen(text), false), 0);
}

/* Bytes that tell their offset. */
static uint8_t *pattern(size_t size) {
        uint8_t *bytes = g_malloc(size);

        for (size_t i = 0; i < size; i++)
                bytes[i] = (uint8_t) ((i * 2654435761U) >> 13);
        return bytes;
}

static unsigned count_segments(const TestDir *dir) {
        g_autoptr(GArray) starts = NULL;
        g_auto(Fd) fd = segment_open_dir(dir->fd, job_id(7));

        if (fd < 0)
                return 0;
        ck_assert_int_eq(segment_list(fd, &starts), 0);
        return starts->len;
}

START_TEST(nothing_before_the_first_byte) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};

        open_cache(&dir, &state, &unlimited, &cache);
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_int_eq(faccessat(dir.fd, "7", F_OK, 0), -1);
}
END_TEST

START_TEST(what_goes_in_comes_out) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        g_autofree uint8_t *big = pattern(FRAME_PAYLOAD_MAX);
        OutputState state = {};
        g_auto(Got) got = {};
        struct stat st;

        open_cache(&dir, &state, &unlimited, &cache);
        ck_assert_int_eq(cache_append(cache, 0, 5, "a\0b", 3, true), 0);
        ck_assert_int_eq(cache_append(cache, 0, 5, "", 0, true), 0);
        append(cache, 1, "error");
        ck_assert_uint_eq(state.end, 0); /* staged */
        ck_assert_uint_eq(cache_next(cache, 0), 5);
        ck_assert_int_eq(cache_append(cache, 1, 6, big, FRAME_PAYLOAD_MAX - 1, true), 0);
        ck_assert_int_eq(cache_flush(cache), 0);

        ck_assert_uint_eq(state.next[0], 5);
        ck_assert_uint_eq(state.next[1], 5 + FRAME_PAYLOAD_MAX);
        ck_assert_uint_eq(state.unread, 10 + FRAME_PAYLOAD_MAX);
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, "a\0b\n\n", 5);
        ck_assert_uint_eq(got.bytes[1]->len, 5 + FRAME_PAYLOAD_MAX);
        ck_assert_mem_eq(got.bytes[1]->data + 5, big, FRAME_PAYLOAD_MAX - 1);
        ck_assert_uint_eq(got.bytes[1]->data[4 + FRAME_PAYLOAD_MAX], '\n');
        ck_assert_int_eq(fstatat(dir.fd, "7/output.0", &st, 0), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0600);
        ck_assert_uint_eq((uint64_t) st.st_size, state.end);
        ck_assert_int_eq(fstatat(dir.fd, "7", &st, 0), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0700);
}
END_TEST

/* The second: records larger than a frame, of which many are written by one call, over the edges of
 * segments. */
static const struct { size_t piece, n; } sequences[] = { { 60000, 700 }, { RECORD_DATA_MAX - 1, 41 } };

START_TEST(segments_stay_small_and_follow_each_other) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        const size_t piece = sequences[_i].piece, n = sequences[_i].n;
        g_autofree uint8_t *bytes = pattern(piece * n);
        g_autoptr(GArray) starts = NULL;
        g_auto(Fd) fd = -1;
        OutputState state = {};
        g_auto(Got) got = {};

        open_cache(&dir, &state, &unlimited, &cache);
        for (size_t i = 0; i < n; i++)
                ck_assert_int_eq(cache_append(cache, 0, 1, bytes + i * piece, piece, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, bytes, piece * n);

        fd = segment_open_dir(dir.fd, job_id(7));
        ck_assert_int_eq(segment_list(fd, &starts), 0);
        ck_assert_uint_eq(starts->len, 3);
        for (guint i = 0; i < starts->len; i++) {
                uint64_t start = g_array_index(starts, uint64_t, i);
                uint64_t end = i + 1 < starts->len ? g_array_index(starts, uint64_t, i + 1) : state.end;
                g_auto(Fd) segment = segment_open(fd, start, O_RDONLY);
                uint64_t told_start, told_end;
                g_auto(Fd) told = -1;
                struct stat st;

                ck_assert_int_eq(fstat(segment, &st), 0);
                ck_assert_uint_eq((uint64_t) st.st_size, end - start);
                ck_assert_uint_le((uint64_t) st.st_size, FRAME_SEGMENT_MAX);
                ck_assert_int_eq(cache_open_segment(dir.fd, job_id(7), &state, end - 1, &told, &told_start,
                                                    &told_end),
                                 0);
                ck_assert_uint_eq(told_start, start);
                ck_assert_uint_eq(told_end, end);
        }
}
END_TEST

/* Three frames; the file cut at every length: what is whole stays, and the log goes on from there. */
START_TEST(a_torn_tail_is_cut) {
        static const char *const texts[] = { "first", "second", "third" };
        const uint64_t head = SEGMENT_HEAD_SIZE, frame = sizeof(FrameHeader);
        const uint64_t ends[] = { head, head + frame + 5, head + 2 * frame + 11, head + 3 * frame + 16 };
        uint64_t length = (uint64_t) _i;
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL, again = NULL;
        OutputState state = {}, saved = {};
        g_autoptr(GString) expected = g_string_new("");
        g_auto(Got) got = {};
        unsigned whole = 0;

        open_cache(&dir, &state, &unlimited, &cache);
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                append(cache, 0, texts[i]);
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_uint_eq(state.end, ends[3]);
        g_clear_pointer(&cache, cache_free);
        {
                g_auto(Fd) fd = openat(dir.fd, "7/output.0", O_RDWR | O_CLOEXEC);

                ck_assert_int_eq(ftruncate(fd, (off_t) length), 0);
        }
        while (whole < 3 && ends[whole + 1] <= length)
                g_string_append(expected, texts[whole++]);

        open_cache(&dir, &saved, &unlimited, &again);
        ck_assert_uint_eq(saved.end, length < head ? 0 : ends[whole]);
        ck_assert_uint_eq(saved.unread, expected->len);
        ck_assert_uint_eq(cache_next(again, 0), expected->len);
        append(again, 0, "more");
        ck_assert_int_eq(cache_flush(again), 0);
        got = read_all(dir.fd, &saved);
        g_string_append(expected, "more");
        ck_stream(&got, 0, expected->str, expected->len);
}
END_TEST

/* Every bit of the second of three frames: it is gone, never wrong bytes, and while the job runs, what
 * follows comes again from the journal. */
START_TEST(a_flipped_bit_is_found) {
        const uint64_t second = SEGMENT_HEAD_SIZE + sizeof(FrameHeader) + 5;
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL, again = NULL;
        OutputState state = {}, saved = {};
        g_auto(Got) got = {}, damaged = {};
        struct stat st;
        uint8_t byte;
        g_auto(Fd) fd = -1;

        open_cache(&dir, &state, &unlimited, &cache);
        append(cache, 0, "first");
        append(cache, 1, "ab");
        append(cache, 0, "third");
        ck_assert_int_eq(cache_flush(cache), 0);
        g_clear_pointer(&cache, cache_free);
        fd = openat(dir.fd, "7/output.0", O_RDWR | O_CLOEXEC);
        ck_assert_int_eq(pread(fd, &byte, 1, (off_t) second + _i / 8), 1);
        byte ^= (uint8_t) (1 << _i % 8);
        ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t) second + _i / 8), 1);

        damaged = read_all(dir.fd, &state); /* of a finished job: nothing is cut, nothing wrong is shown */
        ck_stream(&damaged, 0, "firstthird", 10);
        ck_stream(&damaged, 1, "", 0);
        ck_assert_uint_eq(state.damaged, 2);
        output_state_clear(&state);
        open_cache(&dir, &saved, &unlimited, &again);
        ck_assert_uint_eq(saved.end, second);
        /* the frame behind is sound: it must not come back when something is written in between */
        ck_assert_int_eq(fstat(fd, &st), 0);
        ck_assert_uint_eq((uint64_t) st.st_size, second);
        got = read_all(dir.fd, &saved);
        ck_stream(&got, 0, "first", 5);
        ck_assert_uint_eq(cache_next(again, 1), 0);
}
END_TEST

START_TEST(a_saved_begin_is_kept) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL, again = NULL;
        OutputState state = {}, saved;
        g_auto(Got) got = {}, rest = {};

        open_cache(&dir, &state, &unlimited, &cache);
        append(cache, 0, "one");
        append(cache, 1, "two");
        ck_assert_int_eq(cache_flush(cache), 0);
        got = read_all(dir.fd, &state);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(7), &state, g_array_index(got.ends, uint64_t, 0), true,
                                       save_nothing, NULL),
                         0);
        saved = state;
        append(cache, 0, "three");
        cache_lose(cache, 0, 18);
        append(cache, 0, "four");
        ck_assert_int_eq(cache_flush(cache), 0);
        g_clear_pointer(&cache, cache_free);

        open_cache(&dir, &saved, &unlimited, &again);
        ck_assert_mem_eq(&saved, &state, sizeof(state));
        ck_assert_uint_eq(saved.unread, 12);
        ck_assert_uint_eq(saved.lost, 10);
        rest = read_all(dir.fd, &saved);
        ck_stream(&rest, 0, "threefour", 9);
        ck_stream(&rest, 1, "two", 3);
}
END_TEST

/* The machine went down: the record says more than the disk has. */
START_TEST(a_record_newer_than_the_segments_is_believed) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL, again = NULL;
        OutputState state = {};
        g_auto(Got) got = {};

        open_cache(&dir, &state, &unlimited, &cache);
        append(cache, 0, "received");
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(7), &state, state.end, true, save_nothing, NULL), 0);
        append(cache, 0, "unread");
        ck_assert_int_eq(cache_flush(cache), 0);
        g_clear_pointer(&cache, cache_free);
        {
                g_auto(Fd) fd = openat(dir.fd, "7/output.0", O_RDWR | O_CLOEXEC);

                ck_assert_int_eq(ftruncate(fd, SEGMENT_HEAD_SIZE), 0);
        }
        open_cache(&dir, &state, &unlimited, &again);
        ck_assert_uint_eq(state.begin, state.end);
        ck_assert_uint_eq(state.lost, 6);
        ck_assert_uint_eq(state.unread, 0);
        append(again, 0, "!");
        ck_assert_int_eq(cache_flush(again), 0);
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, "!", 1);
}
END_TEST

START_TEST(consuming_unlinks_what_is_behind) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        g_autofree uint8_t *bytes = pattern(FRAME_PAYLOAD_MAX);
        OutputState state = {};
        g_auto(Got) got = {};
        uint64_t total, start, end;
        g_auto(Fd) held = -1;
        FrameHeader header;

        open_cache(&dir, &state, &unlimited, &cache);
        for (int i = 0; i < 600; i++)
                ck_assert_int_eq(cache_append(cache, i % 2, 1, bytes, FRAME_PAYLOAD_MAX, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        total = state.unread;
        ck_assert_uint_eq(count_segments(&dir), 3);
        ck_assert_int_eq(cache_open_segment(dir.fd, job_id(7), &state, 0, &held, &start, &end), 0);
        got = read_all(dir.fd, &state);

        /* not the end of a frame; beyond the end */
        ck_assert_int_eq(cache_consume(dir.fd, job_id(7), &state, 1000, true, save_nothing, NULL),
                         -JOBD_E_INVALID_ARGUMENT);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(7), &state, state.end + 1, true, save_nothing, NULL),
                         -JOBD_E_INVALID_ARGUMENT);
        ck_assert_uint_eq(state.begin, 0);

        for (int i = 0; i < 600; i++) {
                ck_assert_int_eq(cache_consume(dir.fd, job_id(7), &state,
                                               g_array_index(got.ends, uint64_t, i), i < 599, save_nothing,
                                               NULL),
                                 0);
                ck_assert_uint_eq(state.unread, total - (uint64_t) (i + 1) * FRAME_PAYLOAD_MAX);
                if (i == 300)
                        ck_assert_uint_eq(count_segments(&dir), 2);
        }
        ck_assert_uint_eq(count_segments(&dir), 0);
        /* who had it open still has it */
        ck_assert_int_eq(pread(held, &header, sizeof(header), (off_t) (start + SEGMENT_HEAD_SIZE)),
                         sizeof(header));
        ck_assert_uint_eq(header.length, FRAME_PAYLOAD_MAX);
}
END_TEST

START_TEST(the_segment_that_is_written_to_stays) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};
        g_auto(Got) got = {};

        open_cache(&dir, &state, &unlimited, &cache);
        append(cache, 0, "old");
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(7), &state, state.end, true, save_nothing, NULL), 0);
        append(cache, 0, "new");
        ck_assert_int_eq(cache_flush(cache), 0);
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, "new", 3);
}
END_TEST

static const struct {
        uint64_t limit, least;
} limits[] = {
        { 1024 * 1024, 1024 * 1024 * 7 / 8 - FRAME_PAYLOAD_MAX },
        { 64 * 1024, 64 * 1024 * 7 / 8 - 8192 },
        { 10000, 1000 },
};

START_TEST(a_limit_drops_the_oldest) {
        OutputLimit limit = { .bytes = limits[_i].limit };
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL, again = NULL;
        const size_t total = 8 * 1024 * 1024;
        g_autofree uint8_t *bytes = pattern(total);
        OutputState state = {}, stale = {};
        g_auto(Got) got = {};
        uint64_t start, end;
        g_auto(Fd) segment = -1;

        open_cache(&dir, &state, &limit, &cache);
        for (size_t done = 0, n; done < total; done += n) {
                n = MIN(total - done, (done % 5000 + 60000) & 0xffff);
                ck_assert_int_eq(cache_append(cache, 0, 1, bytes + done, n, false), 0);
                if (done % 3 == 0)
                        ck_assert_int_eq(cache_flush(cache), 0);
        }
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_uint_le(state.unread, limit.bytes);
        ck_assert_uint_ge(state.unread, limits[_i].least);
        ck_assert_uint_eq(state.unread + state.dropped, total);
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, bytes + state.dropped, total - state.dropped);
        ck_assert_int_eq(cache_open_segment(dir.fd, job_id(7), &state, 0, &segment, &start, &end), 0);
        ck_assert_uint_eq(start, state.begin);

        /* after a crash with a record that knows of nothing */
        g_clear_pointer(&cache, cache_free);
        open_cache(&dir, &stale, &limit, &again);
        ck_assert_mem_eq(&stale, &state, sizeof(state));
}
END_TEST

/* Disks rot: the limit holds all the same. */
START_TEST(a_damaged_segment_does_not_stop_dropping) {
        const OutputLimit limit = { .bytes = 1024 * 1024 };
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        g_autofree uint8_t *bytes = pattern(FRAME_PAYLOAD_MAX);
        OutputState state = {};
        g_auto(Got) got = {};

        open_cache(&dir, &state, &limit, &cache);
        for (int i = 0; i < 64; i++) {
                ck_assert_int_eq(cache_append(cache, 0, 1, bytes, FRAME_PAYLOAD_MAX, false), 0);
                ck_assert_int_eq(cache_flush(cache), 0);
                if (i == 8) {
                        g_autoptr(GArray) starts = NULL;
                        g_auto(Fd) fd = segment_open_dir(dir.fd, job_id(7)), segment = -1;

                        ck_assert_int_eq(segment_list(fd, &starts), 0);
                        segment = segment_open(fd, g_array_index(starts, uint64_t, 2), O_RDWR);
                        ck_assert_int_eq(pwrite(segment, "x", 1, 40), 1);
                }
        }
        ck_assert_uint_le(state.unread, limit.bytes);
        ck_assert_uint_le(count_segments(&dir), 9);
        ck_assert_uint_eq(state.unread + state.dropped, 64 * FRAME_PAYLOAD_MAX);
        got = read_all(dir.fd, &state);
        ck_assert_uint_eq(got.bytes[0]->len, state.unread);
}
END_TEST

/* A file size limit stands for a full disk: a part is written, then an error. */
START_TEST(an_error_undoes_the_batch) {
        const struct rlimit small = { 100000, RLIM_INFINITY }, large = { RLIM_INFINITY, RLIM_INFINITY };
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        g_autofree uint8_t *bytes = pattern(300000);
        OutputState state = {}, before;
        g_auto(Got) got = {}, all = {};
        struct stat st;

        (void) signal(SIGXFSZ, SIG_IGN);
        open_cache(&dir, &state, &unlimited, &cache);
        ck_assert_int_eq(cache_append(cache, 0, 1, bytes, 50000, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        before = state;

        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        for (int attempt = 0; attempt < 3; attempt++) {
                ck_assert_int_eq(cache_append(cache, 1, 1, "small", 5, false), 0);
                ck_assert_int_eq(cache_append(cache, 0, 1, bytes + 50000, 60000, false), -EFBIG);
                ck_assert_uint_eq(cache_next(cache, 0), 50000);
                ck_assert_uint_eq(cache_next(cache, 1), 0);
                ck_assert_mem_eq(&state, &before, sizeof(state));
                ck_assert_int_eq(fstatat(dir.fd, "7/output.0", &st, 0), 0);
                ck_assert_uint_eq((uint64_t) st.st_size, state.end);
        }
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, bytes, 50000);

        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &large), 0);
        ck_assert_int_eq(cache_append(cache, 0, 1, bytes + 50000, 60000, false), 0);
        ck_assert_int_eq(cache_append(cache, 1, 1, "small", 5, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        all = read_all(dir.fd, &state);
        ck_stream(&all, 0, bytes, 110000);
        ck_stream(&all, 1, "small", 5);
}
END_TEST

/* The same where a new segment cannot be begun. */
START_TEST(an_error_at_a_new_segment_is_undone) {
        const OutputLimit limit = { .bytes = 8 * FRAME_PAYLOAD_MAX };
        const struct rlimit small = { 20, RLIM_INFINITY }, large = { RLIM_INFINITY, RLIM_INFINITY };
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL, again = NULL;
        g_autofree uint8_t *bytes = pattern(200000);
        OutputState state = {}, before, saved = {};
        g_auto(Got) got = {};

        (void) signal(SIGXFSZ, SIG_IGN);
        open_cache(&dir, &state, &limit, &cache);
        ck_assert_int_eq(cache_append(cache, 0, 1, bytes, 60000, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        before = state;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
        ck_assert_int_eq(cache_append(cache, 0, 1, bytes + 60000, 60000, false), -EFBIG);
        ck_assert_mem_eq(&state, &before, sizeof(state));
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &large), 0);
        if (_i == 1) { /* jobd dies at this point */
                g_clear_pointer(&cache, cache_free);
                open_cache(&dir, &saved, &limit, &again);
                ck_assert_mem_eq(&saved, &before, sizeof(saved));
                cache = g_steal_pointer(&again);
                state = saved;
                g_clear_pointer(&cache, cache_free);
                open_cache(&dir, &state, &limit, &cache);
        }
        ck_assert_int_eq(cache_append(cache, 0, 1, bytes + 60000, 60000, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        got = read_all(dir.fd, &state);
        ck_stream(&got, 0, bytes, 120000);
}
END_TEST

START_TEST(positions_are_checked) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};
        uint64_t next, start, end;
        g_auto(Got) got = got_new();
        g_auto(Fd) fd = -1, last = -1;

        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, 0, 10, on_frame, &got, &next), 0);
        ck_assert_uint_eq(next, 0);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, 1, 10, on_frame, &got, &next),
                         -JOBD_E_NO_OUTPUT);
        ck_assert_int_eq(cache_open_segment(dir.fd, job_id(7), &state, 0, &fd, &start, &end), 0);
        ck_assert_uint_eq(start, end);

        open_cache(&dir, &state, &unlimited, &cache);
        append(cache, 0, "abc");
        append(cache, 0, "def");
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, state.end - 1, 10, on_frame, &got, &next),
                         -JOBD_E_NO_OUTPUT);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, state.end + 1, 10, on_frame, &got, &next),
                         -JOBD_E_NO_OUTPUT);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, UINT64_MAX, 10, on_frame, &got, &next),
                         -JOBD_E_NO_OUTPUT);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, state.end, 10, on_frame, &got, &next), 0);
        ck_assert_uint_eq(next, state.end);
        ck_assert_uint_eq(got.frames, 0);
        /* at least one frame, however little is wanted */
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, 0, 0, on_frame, &got, &next), 0);
        ck_assert_uint_eq(got.frames, 1);
        ck_assert_uint_eq(next, g_array_index(got.ends, uint64_t, 0));
        ck_assert_int_eq(cache_open_segment(dir.fd, job_id(7), &state, state.end, &last, &start, &end), 0);
        ck_assert_uint_eq(start, 0);
        ck_assert_uint_eq(end, state.end);
}
END_TEST

static const struct {
        uint64_t unread;
        OutputLimit limit;
        uint64_t allowed;
} allowances[] = {
        { 0, { UINT64_MAX, false }, 1000 + CONTROL_WINDOW },
        { 500, { 10, false }, 1000 + CONTROL_WINDOW },
        { 500, { UINT64_MAX, true }, 1000 + CONTROL_WINDOW },
        { 500, { 600, true }, 1100 },
        { 500, { 500, true }, 1000 },
        { 500, { 10, true }, 1000 },
};

START_TEST(allowance) {
        OutputState state = { .next = { 600, 400 }, .unread = allowances[_i].unread };

        ck_assert_uint_eq(output_allowed(&state, &allowances[_i].limit), allowances[_i].allowed);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("cache");
        TCase *tcase = tcase_create("cache");

        tcase_add_test(tcase, nothing_before_the_first_byte);
        tcase_add_test(tcase, what_goes_in_comes_out);
        tcase_add_loop_test(tcase, segments_stay_small_and_follow_each_other, 0, G_N_ELEMENTS(sequences));
        tcase_add_loop_test(tcase, a_torn_tail_is_cut, 0,
                            (int) (SEGMENT_HEAD_SIZE + 3 * sizeof(FrameHeader) + 16 + 1));
        tcase_add_loop_test(tcase, a_flipped_bit_is_found, 0, (int) (sizeof(FrameHeader) + 2) * 8);
        tcase_add_test(tcase, a_saved_begin_is_kept);
        tcase_add_test(tcase, a_record_newer_than_the_segments_is_believed);
        tcase_add_test(tcase, consuming_unlinks_what_is_behind);
        tcase_add_test(tcase, the_segment_that_is_written_to_stays);
        tcase_add_loop_test(tcase, a_limit_drops_the_oldest, 0, G_N_ELEMENTS(limits));
        tcase_add_test(tcase, a_damaged_segment_does_not_stop_dropping);
        tcase_add_test(tcase, an_error_undoes_the_batch);
        tcase_add_loop_test(tcase, an_error_at_a_new_segment_is_undone, 0, 2);
        tcase_add_test(tcase, positions_are_checked);
        tcase_add_loop_test(tcase, allowance, 0, G_N_ELEMENTS(allowances));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
