/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/segment.h"
#include "ctl/sink.h"
#include "output/frame.h"
#include "run.h"

#define START UINT64_C(5000)

static GByteArray *segment;
static int file;

static void add_frame(uint8_t stream, const void *data, size_t size) {
        FrameHeader header = { .magic = GUINT32_TO_LE(FRAME_MAGIC),
                               .length = GUINT32_TO_LE((uint32_t) size),
                               .stream = stream,
                               .time = GUINT64_TO_LE(UINT64_C(1795179600000042)) };

        g_byte_array_append(segment, (void *) &header, sizeof(header));
        g_byte_array_append(segment, data, (guint) size);
}

static void set_up(void) {
        char name[] = "/tmp/test-ctl-XXXXXX";

        segment = g_byte_array_new();
        file = mkstemp(name);
        ck_assert_int_ge(file, 0);
        ck_assert_int_eq(unlink(name), 0);
        add_frame(FRAME_STATE, "not output", 10);
}

static void tear_down(void) {
        g_byte_array_unref(segment);
        (void) close(file);
}

static int take(const Frame *frame, void *userdata) {
        return sink_take(userdata, &(Piece){ .position = frame->position,
                                             .time = frame->time,
                                             .stream = frame->stream,
                                             .data = frame->data,
                                             .size = frame->size });
}

static int visit(Sink *s, uint64_t stop, uint64_t *position) {
        g_autofree uint8_t *buffer = g_malloc(SEGMENT_BUFFER_SIZE);

        ck_assert_int_eq(pwrite(file, segment->data, segment->len, 0), segment->len);
        return segment_visit(file, START, START + segment->len, stop, position, buffer, take, s);
}

/* A file to write to, and what was written to it. */
static int scratch(void) {
        char name[] = "/tmp/test-ctl-XXXXXX";
        int fd = mkstemp(name);

        ck_assert_int_ge(fd, 0);
        (void) unlink(name);
        return fd;
}

static GBytes *contents(int fd) {
        off_t size = lseek(fd, 0, SEEK_END);
        char *data = g_malloc((gsize) size + 1);

        ck_assert_int_eq(pread(fd, data, (size_t) size, 0), size);
        return g_bytes_new_take(data, (gsize) size);
}

static void check_contents(int fd, const void *data, size_t size) {
        g_autoptr(GBytes) bytes = contents(fd), expected = g_bytes_new(data, size);

        ck_assert(g_bytes_equal(bytes, expected));
}

static void open_sink(Sink *s, OutputMode mode, uint8_t only) {
        sink_init(s, mode, only, 7, START);
        s->fds[FRAME_STDOUT] = scratch();
        s->fds[FRAME_STDERR] = scratch();
}

START_TEST(exact_bytes) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        g_auto(Sink) s = { 0 };
        char piece[FRAME_PAYLOAD_MAX];
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, 0);
        /* sizes around those of all buffers, and every byte */
        for (size_t i = 0; i < 60; i++) {
                size_t size = i % 3 == 0 ? sizeof(piece) : i * 613 % sizeof(piece);

                for (size_t k = 0; k < size; k++)
                        piece[k] = (char) (k + i);
                add_frame(FRAME_STDOUT, piece, size);
                g_byte_array_append(out, (void *) piece, (guint) size);
                if (i % 7 == 0)
                        add_frame(FRAME_STDERR, "e\0\n", 3);
        }
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s), 0);
        ck_assert_uint_eq(position, START + segment->len);
        ck_assert_uint_eq(s.written, position);
        check_contents(s.fds[FRAME_STDOUT], out->data, out->len);
        check_contents(s.fds[FRAME_STDERR], "e\0\ne\0\ne\0\ne\0\ne\0\ne\0\ne\0\ne\0\ne\0\n", 27);
}
END_TEST

START_TEST(one_stream) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, FRAME_STDERR);
        add_frame(FRAME_STDOUT, "out", 3);
        add_frame(FRAME_STDERR, "err", 3);
        add_frame(FRAME_STDOUT, "out", 3);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s), 0);
        check_contents(s.fds[FRAME_STDOUT], "", 0);
        check_contents(s.fds[FRAME_STDERR], "err", 3);
        ck_assert_uint_eq(s.written, START + segment->len);
}
END_TEST

START_TEST(stops_between_frames) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START, first = START + 2 * sizeof(FrameHeader) + 10 + 5;

        open_sink(&s, OUTPUT_CAT, 0);
        add_frame(FRAME_STDOUT, "first", 5);
        add_frame(FRAME_STDOUT, "second", 6);
        ck_assert_int_eq(visit(&s, first - 1, &position), 0);
        ck_assert_uint_eq(position, first);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_flush(&s), 0);
        check_contents(s.fds[FRAME_STDOUT], "firstsecond", 11);
}
END_TEST

START_TEST(cut_off) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START, whole;

        open_sink(&s, OUTPUT_CAT, 0);
        add_frame(FRAME_STDOUT, "first", 5);
        whole = START + segment->len;
        add_frame(FRAME_STDOUT, "second", 6);
        g_byte_array_set_size(segment, segment->len - 1); /* the last frame lacks a byte */
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
        ck_assert_uint_eq(position, whole);
}
END_TEST

START_TEST(zeroes_are_no_frame) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, 0);
        memset(segment->data, 0, segment->len);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
        ck_assert_uint_eq(position, START);
}
END_TEST

START_TEST(too_long_is_no_frame) {
        FrameHeader *header = (void *) segment->data;
        g_auto(Sink) s = { 0 };
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, 0);
        header->length = GUINT32_TO_LE(FRAME_PAYLOAD_MAX + 1);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
}
END_TEST

/* The reader goes away: only what it got whole counts as written. */
START_TEST(reader_gone) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START, first_end;
        char piece[40000] = { 0 };
        int fds[2];

        (void) signal(SIGPIPE, SIG_IGN);
        ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
        sink_init(&s, OUTPUT_CAT, 0, 7, START);
        s.fds[FRAME_STDOUT] = fds[1];
        add_frame(FRAME_STDOUT, piece, sizeof(piece));
        first_end = START + segment->len;
        add_frame(FRAME_STDOUT, piece, sizeof(piece));
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_flush(&s), -EAGAIN); /* a pipe holds 64 KiB: one and a half of them */
        ck_assert_uint_eq(s.written, first_end);
        (void) close(fds[0]);
        ck_assert_int_eq(sink_flush(&s), -EPIPE);
        ck_assert_uint_eq(s.written, first_end);
}
END_TEST

START_TEST(short_lines) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        const char *text = "Nov 20 13:00:00.000042 stdout: one\n"
                           "Nov 20 13:00:00.000042 stdout: two, in pieces\n"
                           "Nov 20 13:00:00.000042 stdout: cut\n"
                           "Nov 20 13:00:00.000042 stderr: \\x1b[31m\\x00\n"
                           "Nov 20 13:00:00.000042 stdout: off\n"
                           "Nov 20 13:00:00.000042 stdout: no end\n";

        open_sink(&s, OUTPUT_SHORT, 0);
        add_frame(FRAME_STDOUT, "one\ntwo, ", 9);
        add_frame(FRAME_STDOUT, "in pieces\ncut", 13);
        add_frame(FRAME_STDERR, "\033[31m\0\n", 7);
        add_frame(FRAME_STDOUT, "off\nno end", 10);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s), 0);
        ck_assert_uint_eq(s.written, START + segment->len);
        check_contents(s.fds[FRAME_STDOUT], text, strlen(text));
}
END_TEST

START_TEST(json_lines) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        const char *text = "{\"Id\":7,\"Position\":5077,\"Time\":1795179600000042,\"Stream\":\"stdout\","
                           "\"Data\":\"a\\n\\\"\"}\n"
                           "{\"Id\":7,\"Position\":5111,\"Time\":1795179600000042,\"Stream\":\"stderr\","
                           "\"Data\":[255,0]}\n";

        open_sink(&s, OUTPUT_JSON, 0);
        add_frame(FRAME_STDOUT, "a\n\"", 3);
        add_frame(FRAME_STDERR, "\377\0", 2);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s), 0);
        check_contents(s.fds[FRAME_STDOUT], text, strlen(text));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("ctl-output");
        TCase *tcase = tcase_create("ctl-output");

        setenv("TZ", "UTC", 1);
        if (!setlocale(LC_CTYPE, "C.UTF-8"))
                return 77;
        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, exact_bytes);
        tcase_add_test(tcase, one_stream);
        tcase_add_test(tcase, stops_between_frames);
        tcase_add_test(tcase, cut_off);
        tcase_add_test(tcase, zeroes_are_no_frame);
        tcase_add_test(tcase, too_long_is_no_frame);
        tcase_add_test(tcase, reader_gone);
        tcase_add_test(tcase, short_lines);
        tcase_add_test(tcase, json_lines);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
