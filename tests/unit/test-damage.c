/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "fixture.h"
#include "output/cache-read.h"
#include "output/cache.h"
#include "output/segment.h"
#include "run.h"

/* Output that something happens to: what is untouched comes, the rest is counted, once. */

#define N_FRAMES 120U

/* The disk: in place of libc's function. */
static struct {
        unsigned n_reads;
        unsigned fails_from, fails_to; /* these fail */
} disk;

ssize_t pread(int fd, void *buffer, size_t size, off_t offset) {
        unsigned n = disk.n_reads++;

        if (n < disk.fails_from || n >= disk.fails_to)
                return syscall(SYS_pread64, fd, buffer, size, offset);
        errno = EIO;
        return -1;
}

/* So small that there are some segments, so large that none is dropped. */
static const OutputLimit limit = { .bytes = UINT64_C(256) * 1024 };

typedef struct Piece {
        uint64_t from, to; /* positions */
        int stream;
        uint32_t size;
        bool touched;
} Piece;

typedef struct Log {
        TestDir dir;
        OutputState state;
        GArray *pieces;
        GArray *starts;
        Fd segments;
} Log;

static int note_piece(const CacheFrame *frame, void *userdata) {
        Piece piece = { .to = frame->position, .stream = frame->stream, .size = (uint32_t) frame->size };

        piece.from = piece.to - frame->size - sizeof(FrameHeader);
        g_array_append_val((GArray *) userdata, piece);
        return 0;
}

static uint32_t size_of(unsigned i) {
        return 1 + i * 2654435761U % (i % 7 == 0 ? 6000U : 1500U);
}

static Log log_new(void) {
        Log log = { .dir = test_dir(), .pieces = g_array_new(FALSE, FALSE, sizeof(Piece)), .segments = -1 };
        g_autoptr(Cache) cache = NULL;
        uint64_t next;

        ck_assert_int_eq(cache_open(log.dir.fd, job_id(7), &log.state, &limit, &cache), 0);
        for (unsigned i = 0; i < N_FRAMES; i++) {
                g_autofree char *bytes = g_malloc(size_of(i));

                memset(bytes, 'a' + (int) (i % 26), size_of(i));
                ck_assert_int_eq(cache_append(cache, i % 3 == 0, 1, bytes, size_of(i), false), 0);
        }
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_uint_eq(log.state.dropped, 0);
        ck_assert_int_eq(cache_read(log.dir.fd, job_id(7), &log.state, 0, UINT64_MAX, note_piece, log.pieces,
                                    &next),
                         0);
        ck_assert_uint_eq(log.pieces->len, N_FRAMES);
        log.segments = segment_open_dir(log.dir.fd, job_id(7));
        ck_assert_int_eq(segment_list(log.segments, &log.starts), 0);
        ck_assert_uint_ge(log.starts->len, 5);
        log.state.checked = false; /* the job has finished, and this is another jobd */
        return log;
}

static void log_clear(Log *log) {
        output_state_clear(&log->state);
        g_array_unref(log->pieces);
        g_array_unref(log->starts);
        fd_clear(&log->segments);
        test_dir_clear(&log->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Log, log_clear)

static Piece *piece_at(const Log *log, guint i) {
        return &g_array_index(log->pieces, Piece, i);
}

static uint64_t start_at(const Log *log, guint i) {
        return i < log->starts->len ? g_array_index(log->starts, uint64_t, i) : log->state.end;
}

static void touch(Log *log, uint64_t from, uint64_t to) {
        for (guint i = 0; i < N_FRAMES; i++)
                if (piece_at(log, i)->from < to && piece_at(log, i)->to > from)
                        piece_at(log, i)->touched = true;
}

static void write_over(Log *log, uint64_t from, uint64_t to, uint8_t byte, bool flip) {
        for (uint64_t p = from; p < to; p++) {
                uint64_t start = start_at(log, segment_find(log->starts, p));
                g_auto(Fd) fd = segment_open(log->segments, start, O_RDWR);
                uint8_t old;

                ck_assert_int_eq(pread(fd, &old, 1, (off_t) (p - start)), 1);
                old = flip ? old ^ byte : byte;
                ck_assert_int_eq(pwrite(fd, &old, 1, (off_t) (p - start)), 1);
        }
        touch(log, from, to);
}

static void zeros_at_the_end(Log *log, unsigned n) {
        write_over(log, log->state.end - 1 - n * 700, log->state.end, 0, false);
}

static void a_byte(Log *log, unsigned n) {
        uint64_t p = n * 1009 % log->state.end;

        write_over(log, p, p + 1, (uint8_t) (1U << n % 8), true);
}

static void every_header_of_a_segment(Log *log, unsigned n) {
        guint segment = n % log->starts->len;

        for (guint i = 0; i < N_FRAMES; i++)
                if (piece_at(log, i)->from >= start_at(log, segment) &&
                    piece_at(log, i)->to <= start_at(log, segment + 1))
                        write_over(log, piece_at(log, i)->from, piece_at(log, i)->from + 4, 0, false);
        write_over(log, start_at(log, segment), start_at(log, segment) + 4, 0, false);
}

static void a_cut_tail(Log *log, unsigned n) {
        guint segment = n % log->starts->len;
        g_auto(Fd) fd = segment_open(log->segments, start_at(log, segment), O_RDWR);
        uint64_t size = start_at(log, segment + 1) - start_at(log, segment), left = n * 977 % size;

        ck_assert_int_eq(ftruncate(fd, (off_t) left), 0);
        touch(log, start_at(log, segment) + left, start_at(log, segment + 1));
}

static void missing(Log *log, guint segment) {
        ck_assert_int_eq(segment_unlink(log->segments, start_at(log, segment)), 0);
        touch(log, start_at(log, segment), start_at(log, segment + 1));
}

static void a_missing_segment(Log *log, unsigned n) {
        missing(log, n % log->starts->len);
}

static void more_than_one(Log *log, unsigned n) {
        missing(log, 1);
        missing(log, 2);
        write_over(log, start_at(log, 3), start_at(log, 3) + 60 + n * 13, 0, false);
        a_byte(log, 100 + n);
}

static void all_missing(Log *log, unsigned n) {
        for (guint i = 0; i < log->starts->len; i++)
                missing(log, i);
}

static const struct {
        void (*happen)(Log *log, unsigned n);
        unsigned times;
} kinds[] = {
        { zeros_at_the_end, 12 }, { a_byte, 150 },          { every_header_of_a_segment, 6 },
        { a_cut_tail, 40 },       { a_missing_segment, 6 }, { more_than_one, 5 },
        { all_missing, 1 },
};

/* What came is what is untouched, from one position to another. */
static void ck_came(const Log *log, const GArray *got, uint64_t from, uint64_t to) {
        guint n = 0;

        for (guint i = 0; i < N_FRAMES; i++) {
                const Piece *piece = piece_at(log, i), *came;

                if (piece->touched || piece->from < from || piece->to > to)
                        continue;
                ck_assert_uint_lt(n, got->len);
                came = &g_array_index(got, Piece, n++);
                ck_assert_uint_eq(came->to, piece->to);
                ck_assert_uint_eq(came->size, piece->size);
                ck_assert_int_eq(came->stream, piece->stream);
        }
        ck_assert_uint_eq(n, got->len);
}

/* Reads on from a position, and checks that what comes is what is untouched. */
static void ck_rest(Log *log, uint64_t from, uint64_t step) {
        g_autoptr(GArray) got = g_array_new(FALSE, FALSE, sizeof(Piece));
        uint64_t position = from;

        while (position < log->state.end) {
                uint64_t next;

                ck_assert_int_eq(cache_read(log->dir.fd, job_id(7), &log->state, position, step, note_piece,
                                            got, &next),
                                 0);
                ck_assert_uint_gt(next, position);
                position = next;
        }
        ck_came(log, got, from, log->state.end);
}

static void count(const Log *log, uint64_t from, uint64_t *ret_intact, uint64_t *ret_damaged) {
        *ret_intact = *ret_damaged = 0;
        for (guint i = 0; i < N_FRAMES; i++)
                if (piece_at(log, i)->from >= from)
                        *(piece_at(log, i)->touched ? ret_damaged : ret_intact) += piece_at(log, i)->size;
}

/* Read from begin to end, and again, and by a jobd that has but the record. */
static void read_and_keep(Log *log, uint64_t step) {
        uint64_t intact, damaged;

        count(log, 0, &intact, &damaged);
        for (int i = 0; i < 3; i++) {
                ck_rest(log, 0, step);
                ck_assert_uint_eq(log->state.damaged, damaged);
                ck_assert_uint_eq(log->state.unread, intact);
                log->state.checked = i == 0;
        }
}

static int save_state(void *userdata) {
        *(unsigned *) userdata += 1;
        return 0;
}

/* Received piece by piece. What nobody read is not looked at for that: `least` of the damage has been. */
static void receive_all(Log *log, uint64_t least) {
        uint64_t intact, damaged, all;
        unsigned saved = 0;

        count(log, 0, &intact, &all);
        for (guint i = 0; i < N_FRAMES; i++) {
                uint64_t to = piece_at(log, i)->to;

                if (piece_at(log, i)->touched || to <= log->state.begin)
                        continue;
                ck_assert_int_eq(cache_consume(log->dir.fd, job_id(7), &log->state, to, false, save_state,
                                               &saved),
                                 0);
                count(log, to, &intact, &damaged);
                ck_assert_uint_eq(log->state.begin, to);
                ck_assert_uint_le(log->state.unread, intact + damaged);
                ck_assert_uint_ge(log->state.unread, intact);
                if (i % 40 == 39) {
                        log->state.checked = false;
                        ck_rest(log, to, 5000);
                        ck_assert_uint_eq(log->state.unread, intact);
                        ck_assert_uint_le(log->state.damaged, all);
                        ck_assert_uint_ge(log->state.damaged, least);
                }
        }
        ck_rest(log, log->state.begin, 5000);
        ck_assert_uint_eq(log->state.unread, 0);
        ck_assert_uint_le(log->state.damaged, all);
        ck_assert_uint_ge(log->state.damaged, least);
        ck_assert_int_eq(cache_consume(log->dir.fd, job_id(7), &log->state, log->state.end, false,
                                       save_state, &saved),
                         0);
        ck_assert_uint_eq(log->state.unread, 0);
        ck_assert_uint_le(log->state.damaged, all);
        ck_assert_uint_ge(log->state.damaged, least);
        ck_assert_ptr_null(log->state.damage);
        ck_assert_uint_gt(saved, 0);
}

START_TEST(what_is_untouched_comes) {
        for (unsigned n = 0; n < kinds[_i].times; n++) {
                g_auto(Log) log = log_new();

                kinds[_i].happen(&log, n);
                read_and_keep(&log, n % 2 ? 1 : UINT64_MAX);
                receive_all(&log, log.state.damaged);
        }
}
END_TEST

START_TEST(received_without_a_look) {
        for (unsigned n = 0; n < kinds[_i].times; n++) {
                g_auto(Log) log = log_new();

                kinds[_i].happen(&log, n);
                receive_all(&log, 0);
        }
}
END_TEST

/* Of what nobody reads: files that are not there, or not as long as they should be, in any jobd. */
START_TEST(passed_over_unread) {
        static const struct {
                void (*happen)(Log *log, unsigned n);
                bool seen;
        } t[] = {
                { a_missing_segment, true },
                { a_cut_tail, true },
                { all_missing, true },
                { every_header_of_a_segment, false },
        };

        for (unsigned n = 0; n < 10; n++) {
                g_auto(Log) log = log_new();
                uint64_t intact, all, left,
                                to = n % 2 ? piece_at(&log, N_FRAMES - 1)->to
                                           : start_at(&log, log.starts->len - 1);

                ck_rest(&log, 0, UINT64_MAX); /* it has been looked at, and was sound */
                t[_i].happen(&log, n % (log.starts->len - 1));
                count(&log, 0, &intact, &all);
                count(&log, to, &intact, &left);
                ck_assert_int_eq(cache_consume(log.dir.fd, job_id(7), &log.state, to, false, save_nothing,
                                               NULL),
                                 0);
                ck_assert_uint_eq(log.state.begin, to);
                /* what is missing from there on, too, or some of it */
                ck_assert_uint_ge(log.state.damaged, t[_i].seen ? all - left : 0);
                ck_assert_uint_le(log.state.damaged, t[_i].seen ? all : 0);
                ck_assert_uint_eq(log.state.damaged + log.state.unread, intact + log.state.damaged);
        }
}
END_TEST

/* The limit drops what is there, and what is not there is not dropped, but damaged. */
START_TEST(missing_when_it_is_dropped) {
        g_auto(Log) log = log_new();
        const OutputLimit small = { .bytes = UINT64_C(64) * 1024 };
        uint64_t written = output_state_bytes(&log.state), damaged = 0, intact = 0;
        g_autoptr(Cache) cache = NULL;
        static char bytes[4000];

        log.state.checked = true; /* this jobd's job */
        ck_assert_int_eq(cache_open(log.dir.fd, job_id(7), &log.state, &limit, &cache), 0);
        g_clear_pointer(&cache, cache_free);
        missing(&log, 1);
        count(&log, 0, &intact, &damaged);
        ck_assert_int_eq(cache_open(log.dir.fd, job_id(7), &log.state, &small, &cache), 0);
        for (unsigned i = 0; i < 30; i++) {
                ck_assert_int_eq(cache_append(cache, 0, 1, bytes, sizeof(bytes), false), 0);
                ck_assert_int_eq(cache_flush(cache), 0);
                written += sizeof(bytes);
        }
        ck_assert_uint_gt(log.state.begin, start_at(&log, 4)); /* all that is looked at here has gone */
        ck_assert_uint_eq(log.state.damaged, damaged);
        ck_assert_uint_eq(log.state.dropped + log.state.unread + damaged, written);
}
END_TEST

/* A jobd that has used it before does not look again at once; who opens segments finds out all the same. */
START_TEST(opening_counts_what_is_missing) {
        g_auto(Log) log = log_new();
        uint64_t start, end, intact, damaged;
        g_auto(Fd) fd = -1;

        ck_rest(&log, 0, UINT64_MAX);
        if (_i == 0)
                missing(&log, 0);
        else
                all_missing(&log, 0);
        count(&log, 0, &intact, &damaged);
        ck_assert_int_eq(cache_open_segment(log.dir.fd, job_id(7), &log.state, 0, &fd, &start, &end), 0);
        ck_assert_uint_eq(start, _i == 0 ? start_at(&log, 1) : log.state.end);
        ck_assert_uint_eq(log.state.damaged, damaged);
        ck_assert_uint_eq(log.state.unread, intact);
}
END_TEST

/* What is in a frame that can be read may look like a frame; and a position inside of one is none. */
START_TEST(output_that_looks_like_a_frame) {
        g_auto(TestDir) dir = test_dir();
        g_autoptr(Cache) cache = NULL;
        g_auto(OutputState) state = {};
        g_autoptr(GArray) got = g_array_new(FALSE, FALSE, sizeof(Piece));
        struct {
                FrameHeader header;
                char text[5];
        } trap;
        struct iovec text = { trap.text, sizeof(trap.text) };
        uint64_t next;
        g_auto(Fd) folder = -1, fd = -1;

        memcpy(trap.text, "trap!", 5);
        frame_header_make(&trap.header, STREAM_STDOUT, 0, 1, 3, &text, 1);
        ck_assert_int_eq(cache_open(dir.fd, job_id(7), &state, &limit, &cache), 0);
        ck_assert_int_eq(cache_append(cache, 0, 1, "abc", 3, false), 0);
        ck_assert_int_eq(cache_append(cache, 0, 1, &trap, sizeof(trap), false), 0);
        ck_assert_int_eq(cache_append(cache, 0, 1, "xyz", 3, false), 0);
        ck_assert_int_eq(cache_flush(cache), 0);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, 0, UINT64_MAX, note_piece, got, &next), 0);
        for (uint64_t p = 1; p < state.end; p++) {
                /* the trap's own beginning is as good as a frame's to whoever asks for it */
                bool ends = p == SEGMENT_HEAD_SIZE || p == g_array_index(got, Piece, 1).to - sizeof(trap);

                for (guint i = 0; i < got->len; i++)
                        ends = ends || p == g_array_index(got, Piece, i).to;
                if (!ends)
                        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, p, 1, note_piece, got, &next),
                                         -JOBD_E_NO_OUTPUT);
        }
        ck_assert_uint_eq(state.damaged, 0);

        folder = segment_open_dir(dir.fd, job_id(7));
        fd = segment_open(folder, 0, O_RDWR);
        ck_assert_int_eq(pwrite(fd, "?", 1, (off_t) g_array_index(got, Piece, 1).to - 1), 1);
        g_array_set_size(got, 0);
        ck_assert_int_eq(cache_read(dir.fd, job_id(7), &state, 0, UINT64_MAX, note_piece, got, &next), 0);
        ck_assert_uint_eq(got->len, 2);
        ck_assert_uint_eq(g_array_index(got, Piece, 1).size, 3);
        ck_assert_uint_eq(state.damaged, sizeof(trap));
}
END_TEST

/* No descriptor is no damage. */
START_TEST(nothing_is_concluded_from_an_error) {
        g_auto(Log) log = log_new();
        struct rlimit none, many;
        uint64_t next, start, end, intact, damaged;
        int fd;

        a_byte(&log, 5);
        count(&log, 0, &intact, &damaged);
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &many), 0);
        none = many;
        none.rlim_cur = 0;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        ck_assert_int_eq(cache_read(log.dir.fd, job_id(7), &log.state, 0, 1, note_piece, log.pieces, &next),
                         -EMFILE);
        ck_assert_int_eq(cache_open_segment(log.dir.fd, job_id(7), &log.state, 0, &fd, &start, &end),
                         -EMFILE);
        ck_assert_int_eq(cache_consume(log.dir.fd, job_id(7), &log.state, piece_at(&log, 0)->to, false,
                                       save_nothing, NULL),
                         -EMFILE);
        ck_assert_uint_eq(log.state.damaged, 0);
        ck_assert_uint_eq(log.state.begin, 0);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
        read_and_keep(&log, 1000);
}
END_TEST

/* The disk fails at every single read, or from one on at all. What comes before that comes; nothing is
 * concluded from it, and who asks again gets all, as if it had not been. */
START_TEST(a_read_fails) {
        static const unsigned for_long[] = { 1, 1000000 };
        bool failed = true;
        unsigned n = 0;

        for (; failed; n++) {
                g_auto(Log) log = log_new();
                g_autoptr(GArray) got = g_array_new(FALSE, FALSE, sizeof(Piece));
                uint64_t next = 0, to = piece_at(&log, 60)->from, intact, damaged;
                int r, q;

                more_than_one(&log, n % 5);
                count(&log, 0, &intact, &damaged);
                disk.fails_from = disk.n_reads + n;
                disk.fails_to = disk.fails_from + for_long[_i];
                r = cache_read(log.dir.fd, job_id(7), &log.state, 0, UINT64_MAX, note_piece, got, &next);
                failed = r < 0 || next < log.state.end;
                ck_assert(r == 0 || r == -EIO);
                ck_came(&log, got, 0, r < 0 ? 0 : next);
                q = cache_consume(log.dir.fd, job_id(7), &log.state, to, false, save_nothing, NULL);
                ck_assert(q == 0 || q == -EIO);
                if (failed && _i == 1)
                        ck_assert_int_eq(q, -EIO);
                ck_assert_uint_eq(log.state.begin, q < 0 ? 0 : to);
                disk.fails_to = 0;
                if (q < 0)
                        read_and_keep(&log, 1000);
                receive_all(&log, q < 0 ? damaged : 0);
                failed = failed || q < 0;
                ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0); /* nobody has closed what is not his */
        }
        ck_assert_uint_gt(n, 20);
}
END_TEST

static int save_not(void *userdata) {
        return *(int *) userdata;
}

/* jobctl passes over a segment's head as over a piece. */
START_TEST(a_head_is_received) {
        g_auto(Log) log = log_new();
        uint64_t intact, damaged, to = start_at(&log, 2) + SEGMENT_HEAD_SIZE;

        ck_assert_int_eq(cache_consume(log.dir.fd, job_id(7), &log.state, to, false, save_nothing, NULL), 0);
        count(&log, to, &intact, &damaged);
        ck_assert_uint_eq(log.state.begin, to);
        ck_assert_uint_eq(log.state.unread, intact);
        ck_assert_int_eq(cache_consume(log.dir.fd, job_id(7), &log.state, to + 1, false, save_nothing, NULL),
                         -JOBD_E_INVALID_ARGUMENT);
        ck_rest(&log, to, 1000);
        receive_all(&log, 0);
}
END_TEST

/* Without the record saved, nothing goes. */
START_TEST(begin_is_saved_first) {
        g_auto(Log) log = log_new();
        int error = -EIO;
        struct stat st;

        ck_assert_int_eq(cache_consume(log.dir.fd, job_id(7), &log.state, log.state.end, false, save_not,
                                       &error),
                         -EIO);
        ck_assert_uint_eq(log.state.begin, 0);
        read_and_keep(&log, 1000);
        ck_assert_int_eq(fstatat(log.segments, "output.0", &st, 0), 0);
}
END_TEST

/* The disk is full: what has been received makes room, and a jobd that has but the old record knows of
 * it. */
START_TEST(segments_say_that_they_were_received) {
        g_auto(Log) log = log_new();
        g_auto(OutputState) old = log.state;
        uint64_t intact, damaged, third = start_at(&log, 2), to = 0;
        int error = -ENOSPC;
        struct stat st;

        for (guint i = 0; i < N_FRAMES && to <= third; i++)
                to = piece_at(&log, i)->to;
        ck_assert_int_eq(cache_consume(log.dir.fd, job_id(7), &log.state, to, false, save_not, &error), 0);
        ck_assert_uint_eq(log.state.begin, to);
        ck_assert_int_eq(fstatat(log.segments, "output.0", &st, 0), 0);
        ck_assert_int_eq(st.st_size, SEGMENT_HEAD_SIZE);

        log.state = old;
        ck_rest(&log, third, 1000);
        count(&log, third, &intact, &damaged);
        ck_assert_uint_eq(log.state.begin, third);
        ck_assert_uint_eq(log.state.unread, intact);
        ck_assert_uint_eq(log.state.damaged, 0);
        receive_all(&log, 0);
        ck_assert_int_eq(fstatat(log.segments, "output.0", &st, 0), -1);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("damage");
        TCase *tcase = tcase_create("damage");

        tcase_add_loop_test(tcase, what_is_untouched_comes, 0, G_N_ELEMENTS(kinds));
        tcase_add_loop_test(tcase, received_without_a_look, 0, G_N_ELEMENTS(kinds));
        tcase_add_loop_test(tcase, passed_over_unread, 0, 4);
        tcase_add_test(tcase, missing_when_it_is_dropped);
        tcase_add_loop_test(tcase, opening_counts_what_is_missing, 0, 2);
        tcase_add_test(tcase, output_that_looks_like_a_frame);
        tcase_add_test(tcase, nothing_is_concluded_from_an_error);
        tcase_add_loop_test(tcase, a_read_fails, 0, 2);
        tcase_add_test(tcase, a_head_is_received);
        tcase_add_test(tcase, begin_is_saved_first);
        tcase_add_test(tcase, segments_say_that_they_were_received);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
