/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crc32c.h"
#include "client/segment.h"
#include "client/sink.h"
#include "run.h"
#include "wire/frame.h"

#define START UINT64_C(5000)

static GByteArray *segment;
static int file;

static void add_frame(uint8_t stream, const void *data, size_t size) {
        FrameHeader header = { .magic = GUINT16_TO_LE(FRAME_MAGIC),
                               .length = GUINT32_TO_LE((uint32_t) size),
                               .stream = stream,
                               .time = GUINT64_TO_LE(UINT64_C(1795179600000042)) };

        header.crc32c = crc32c(0, (const uint8_t *) &header + FRAME_COVERED, sizeof(header) - FRAME_COVERED);
        header.crc32c = GUINT32_TO_LE(crc32c(header.crc32c, data, size));
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

static void open_sink(Sink *s, OutputMode mode, Stream only) {
        sink_init(s, mode, only, job_id(7), START);
        sink_set_fds(s, scratch(), scratch());
}

START_TEST(exact_bytes) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        g_auto(Sink) s = { 0 };
        char piece[FRAME_PAYLOAD_MAX];
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, _STREAM_INVALID);
        /* sizes around those of all buffers, and every byte */
        for (size_t i = 0; i < 60; i++) {
                size_t size = i % 3 == 0 ? sizeof(piece) : i * 613 % sizeof(piece);

                for (size_t k = 0; k < size; k++)
                        piece[k] = (char) (k + i);
                add_frame(STREAM_STDOUT, piece, size);
                g_byte_array_append(out, (void *) piece, (guint) size);
                if (i % 7 == 0)
                        add_frame(STREAM_STDERR, "e\0\n", 3);
        }
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        ck_assert_uint_eq(position, START + segment->len);
        ck_assert_uint_eq(s.taken, position);
        check_contents(s.fds[STREAM_STDOUT], out->data, out->len);
        check_contents(s.fds[STREAM_STDERR], "e\0\ne\0\ne\0\ne\0\ne\0\ne\0\ne\0\ne\0\ne\0\n", 27);
}
END_TEST

START_TEST(one_stream) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, STREAM_STDERR);
        add_frame(STREAM_STDOUT, "out", 3);
        add_frame(STREAM_STDERR, "err", 3);
        add_frame(STREAM_STDOUT, "out", 3);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        check_contents(s.fds[STREAM_STDOUT], "", 0);
        check_contents(s.fds[STREAM_STDERR], "err", 3);
        ck_assert_uint_eq(s.taken, START + segment->len);
}
END_TEST

START_TEST(stops_between_frames) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START, first = START + 2 * sizeof(FrameHeader) + 10 + 5;

        open_sink(&s, OUTPUT_CAT, _STREAM_INVALID);
        add_frame(STREAM_STDOUT, "first", 5);
        add_frame(STREAM_STDOUT, "second", 6);
        ck_assert_int_eq(visit(&s, first - 1, &position), 0);
        ck_assert_uint_eq(position, first);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_flush(&s), 0);
        check_contents(s.fds[STREAM_STDOUT], "firstsecond", 11);
}
END_TEST

START_TEST(cut_off) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START, whole;

        open_sink(&s, OUTPUT_CAT, _STREAM_INVALID);
        add_frame(STREAM_STDOUT, "first", 5);
        whole = START + segment->len;
        add_frame(STREAM_STDOUT, "second", 6);
        g_byte_array_set_size(segment, segment->len - 1); /* the last frame lacks a byte */
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
        ck_assert_uint_eq(position, whole);
}
END_TEST

START_TEST(zeroes_are_no_frame) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, _STREAM_INVALID);
        memset(segment->data, 0, segment->len);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
        ck_assert_uint_eq(position, START);
}
END_TEST

/* Whichever byte of it. */
START_TEST(changed_is_no_frame) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        guint whole = segment->len;

        open_sink(&s, OUTPUT_CAT, _STREAM_INVALID);
        add_frame(STREAM_STDOUT, "first", 5);
        segment->data[whole + (guint) _i] ^= 0x10;
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
        ck_assert_uint_eq(position, START + whole);
}
END_TEST

START_TEST(too_long_is_no_frame) {
        FrameHeader *header = (void *) segment->data;
        g_auto(Sink) s = { 0 };
        uint64_t position = START;

        open_sink(&s, OUTPUT_CAT, _STREAM_INVALID);
        header->length = GUINT32_TO_LE(FRAME_PAYLOAD_MAX + 1);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), -ESTALE);
}
END_TEST

static void read_from(int fd, size_t size) {
        g_autofree char *data = g_malloc(size);
        ssize_t n;

        for (; size > 0; size -= (size_t) n) {
                n = read(fd, data, size);
                ck_assert_int_gt(n, 0);
        }
}

#define PIECE 40000U

/* Two pieces, of which the reader has taken whatever he has; `out` and `err` are written to. */
static uint64_t write_two_pieces(Sink *s, int out, int err) {
        uint64_t position = START, first_end;
        char piece[PIECE] = { 0 };

        (void) signal(SIGPIPE, SIG_IGN);
        sink_init(s, OUTPUT_CAT, _STREAM_INVALID, job_id(7), START);
        sink_set_fds(s, out, err);
        add_frame(STREAM_STDOUT, piece, sizeof(piece));
        first_end = START + segment->len;
        add_frame(STREAM_STDERR, piece, sizeof(piece));
        ck_assert_int_eq(visit(s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_flush(s), 0);
        return first_end;
}

static void check_taken(Sink *s, uint64_t position, bool expect_alive) {
        bool alive = true, all = sink_look(s, &alive);

        ck_assert_uint_eq(s->taken, position);
        ck_assert(all == (position == START + segment->len));
        ck_assert(alive == expect_alive);
}

/* What lies in the pipe has not been taken, whether its reader is still there or not. */
START_TEST(left_in_pipe) {
        g_auto(Sink) s = { 0 };
        uint64_t first, begin = START + sizeof(FrameHeader) + 10;
        int fds[2];

        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_ge(fcntl(fds[1], F_SETPIPE_SZ, 128 * 1024), 128 * 1024);
        first = write_two_pieces(&s, fds[1], fds[1]);
        check_taken(&s, begin, true);
        read_from(fds[0], PIECE - 1);
        check_taken(&s, begin, true);
        read_from(fds[0], 1);
        check_taken(&s, first, true);
        read_from(fds[0], PIECE - 1);
        (void) close(fds[0]);
        check_taken(&s, first, false);
        ck_assert_int_eq(sink_take(&s, &(Piece){ .stream = STREAM_STDOUT, .data = "x", .size = 1 }), 0);
        ck_assert_int_eq(sink_flush(&s), -EPIPE);
        ck_assert_int_eq(s.failed, EPIPE);
        ck_assert_uint_eq(s.taken, first);
}
END_TEST

/* Two pipes: the log goes on behind what both readers have. */
START_TEST(left_in_one_of_two) {
        g_auto(Sink) s = { 0 };
        int out[2], err[2];
        uint64_t first;

        ck_assert(pipe(out) == 0 && pipe(err) == 0);
        first = write_two_pieces(&s, out[1], err[1]);
        read_from(err[0], PIECE);
        check_taken(&s, START + sizeof(FrameHeader) + 10, true);
        read_from(out[0], PIECE);
        check_taken(&s, START + segment->len, true);
        ck_assert_uint_lt(first, s.taken);
}
END_TEST

START_TEST(left_in_socket) {
        g_auto(Sink) s = { 0 };
        uint64_t first;
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        first = write_two_pieces(&s, fds[1], scratch());
        check_taken(&s, START + sizeof(FrameHeader) + 10, true);
        read_from(fds[0], PIECE - 1);
        (void) close(fds[0]); /* with something in it, which is gone */
        check_taken(&s, START + sizeof(FrameHeader) + 10, false);
        ck_assert_uint_lt(s.taken, first);
}
END_TEST

START_TEST(socket_read_to_the_end) {
        g_auto(Sink) s = { 0 };
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        (void) write_two_pieces(&s, fds[1], scratch());
        read_from(fds[0], PIECE);
        check_taken(&s, START + segment->len, true);
}
END_TEST

/* Somebody else has made the pipe non-blocking: the reader is waited for. */
START_TEST(slow_reader) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        char piece[FRAME_PAYLOAD_MAX] = { 0 };
        int fds[2], status;
        pid_t reader;

        ck_assert_int_eq(pipe2(fds, O_NONBLOCK), 0);
        ck_assert_int_eq(fcntl(fds[0], F_SETFL, 0), 0);
        reader = fork();
        if (reader == 0) {
                size_t left = 16 * sizeof(piece);

                for (ssize_t n = 1; n > 0 && left > 0; left -= (size_t) n)
                        n = read(fds[0], piece, 1000);
                _exit(left == 0 ? 0 : 1);
        }
        (void) close(fds[0]);
        sink_init(&s, OUTPUT_CAT, _STREAM_INVALID, job_id(7), START);
        sink_set_fds(&s, fds[1], scratch());
        for (size_t i = 0; i < 16; i++)
                add_frame(STREAM_STDOUT, piece, sizeof(piece));
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        ck_assert_int_eq(waitpid(reader, &status, 0), reader);
        ck_assert_int_eq(status, 0);
        check_taken(&s, position, true);
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

        open_sink(&s, OUTPUT_SHORT, _STREAM_INVALID);
        add_frame(STREAM_STDOUT, "one\ntwo, ", 9);
        add_frame(STREAM_STDOUT, "in pieces\ncut", 13);
        add_frame(STREAM_STDERR, "\033[31m\0\n", 7);
        add_frame(STREAM_STDOUT, "off\nno end", 10);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        ck_assert_uint_eq(s.taken, START + segment->len);
        check_contents(s.fds[STREAM_STDOUT], text, strlen(text));
}
END_TEST

START_TEST(json_lines) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        const char *text = "{\"Id\":7,\"Position\":5077,\"Time\":1795179600000042,\"Stream\":\"stdout\","
                           "\"Data\":\"a\\n\\\"\"}\n"
                           "{\"Id\":7,\"Position\":5111,\"Time\":1795179600000042,\"Stream\":\"stderr\","
                           "\"Data\":[255,0]}\n";

        open_sink(&s, OUTPUT_JSON, _STREAM_INVALID);
        add_frame(STREAM_STDOUT, "a\n\"", 3);
        add_frame(STREAM_STDERR, "\377\0", 2);
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        check_contents(s.fds[STREAM_STDOUT], text, strlen(text));
}
END_TEST

/* Every byte of "é€😀" is a piece of its own, as an unbuffered program writes them. */
static void add_bytes(uint8_t stream, const char *text) {
        for (; *text; text++)
                add_frame(stream, text, 1);
}

START_TEST(short_characters_in_pieces) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        const char *text = "Nov 20 13:00:00.000042 stdout: é€😀\n"
                           "Nov 20 13:00:00.000042 stderr: ß\n"
                           "Nov 20 13:00:00.000042 stdout: ü\\xe2x\\xff\n";

        open_sink(&s, OUTPUT_SHORT, _STREAM_INVALID);
        add_bytes(STREAM_STDOUT, "é€😀\n\xc3");
        add_bytes(STREAM_STDERR, "ß\n"); /* between the two bytes of the ü */
        add_bytes(STREAM_STDOUT, "\xbc\xe2x\xff\n");
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        check_contents(s.fds[STREAM_STDOUT], text, strlen(text));
        ck_assert_uint_eq(s.taken, position);
}
END_TEST

START_TEST(json_characters_in_pieces) {
        g_auto(Sink) s = { 0 };
        uint64_t position = START;
        const char *text = "{\"Id\":7,\"Position\":5076,\"Time\":1795179600000042,\"Stream\":\"stdout\","
                           "\"Data\":\"a\"}\n"
                           "{\"Id\":7,\"Position\":5142,\"Time\":1795179600000042,\"Stream\":\"stdout\","
                           "\"Data\":\"€\"}\n"
                           "{\"Id\":7,\"Position\":5209,\"Time\":1795179600000042,\"Stream\":\"stdout\","
                           "\"Data\":[226,130,98]}\n";

        open_sink(&s, OUTPUT_JSON, _STREAM_INVALID);
        add_frame(STREAM_STDOUT, "a\xe2", 2);    /* to 5076 */
        add_bytes(STREAM_STDOUT, "\x82\xac");    /* to 5142 */
        add_frame(STREAM_STDOUT, "\xe2\x82", 2); /* to 5176 */
        add_frame(STREAM_STDOUT, "b", 1);        /* to 5209 */
        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
        ck_assert_int_eq(sink_finish(&s, true), 0);
        check_contents(s.fds[STREAM_STDOUT], text, strlen(text));
}
END_TEST

/* The stream ends inside a character: its bytes are shown. Before that they come again, if nothing of theirs
 * was shown. */
START_TEST(half_a_character) {
        for (int whole = 0; whole <= 1; whole++)
                for (int ended = 0; ended <= 1; ended++) {
                        g_auto(Sink) s = { 0 };
                        uint64_t position = START, before;
                        const char *text = "Nov 20 13:00:00.000042 stdout: a";
                        g_autofree char *expected = NULL;
                        bool again = whole && !ended;

                        g_byte_array_set_size(segment, 0);
                        open_sink(&s, OUTPUT_SHORT, _STREAM_INVALID);
                        add_frame(STREAM_STDOUT, "a\xe2", whole ? 1 : 2);
                        before = START + segment->len;
                        if (whole)
                                add_frame(STREAM_STDOUT, "\xe2", 1);
                        add_frame(STREAM_STDOUT, "\x82", 1);
                        ck_assert_int_eq(visit(&s, UINT64_MAX, &position), 0);
                        ck_assert(sink_holds(&s));
                        ck_assert_int_eq(sink_finish(&s, ended), 0);
                        expected = g_strconcat(text, again ? "\n" : "\\xe2\\x82\n", NULL);
                        check_contents(s.fds[STREAM_STDOUT], expected, strlen(expected));
                        ck_assert_uint_eq(s.taken, again ? before : position);
                }
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
        tcase_add_loop_test(tcase, changed_is_no_frame, 0, (int) sizeof(FrameHeader) + 5);
        tcase_add_test(tcase, too_long_is_no_frame);
        tcase_add_test(tcase, left_in_pipe);
        tcase_add_test(tcase, left_in_one_of_two);
        tcase_add_test(tcase, left_in_socket);
        tcase_add_test(tcase, socket_read_to_the_end);
        tcase_add_test(tcase, slow_reader);
        tcase_add_test(tcase, short_lines);
        tcase_add_test(tcase, json_lines);
        tcase_add_test(tcase, short_characters_in_pieces);
        tcase_add_test(tcase, json_characters_in_pieces);
        tcase_add_test(tcase, half_a_character);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
