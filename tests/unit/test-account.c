/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "fixture.h"
#include "output/cache-read.h"
#include "output/cache.h"
#include "output/held.h"
#include "output/segment.h"
#include "run.h"
#include "wire/control.h"

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)

#define ALICE 1001
#define BOB   1002

static const OutputLimit unlimited = { .bytes = UINT64_MAX }, block = { .bytes = UINT64_MAX, .block = true };

static TestDir dir;
static Accounts *accounts;

static void setup(void) {
        dir = test_dir();
        ck_assert_int_eq(accounts_new(dir.fd, &accounts), 0);
}

static void teardown(void) {
        g_clear_pointer(&accounts, accounts_free);
        test_dir_clear(&dir);
}

static OutputAccount *account(uid_t owner) {
        return accounts_of(accounts, owner);
}

/* Bytes that tell their offset. */
static uint8_t byte_at(uint64_t offset) {
        return (uint8_t) (offset * 7 + offset / 251);
}

/* `size` bytes on stdout, in pieces, each flushed. */
static void write_output(Cache *cache, uint64_t size) {
        uint8_t piece[4096];

        for (uint64_t done = 0; done < size; done += sizeof(piece)) {
                uint64_t offset = cache_next(cache, 0);

                for (size_t i = 0; i < sizeof(piece); i++)
                        piece[i] = byte_at(offset + i);
                ck_assert_int_eq(cache_append(cache, 0, 1, piece, sizeof(piece), false), 0);
                ck_assert_int_eq(cache_flush(cache), 0);
        }
}

/* A job that has written that much and ended. */
static OutputState finished_job(uid_t owner, uint32_t id, const OutputLimit *limit, uint64_t size) {
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};

        account_open(account(owner), &state, 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(id), &state, limit, &cache), 0);
        write_output(cache, size);
        return state;
}

/* What the files in a directory of the state take, in bytes. */
static uint64_t disk_of(const char *name) {
        g_autofree char *path = g_build_filename(dir.path, name, NULL);
        uint64_t size = 0;
        struct dirent *entry;
        DIR *d = opendir(path);

        if (!d)
                return 0;
        while ((entry = readdir(d))) {
                struct stat st;

                ck_assert_int_eq(fstatat(dirfd(d), entry->d_name, &st, 0), 0);
                if (S_ISREG(st.st_mode))
                        size += (uint64_t) st.st_size;
        }
        (void) closedir(d);
        return size;
}

static uint64_t size_of(int fd) {
        struct stat st;

        ck_assert_int_eq(fstat(fd, &st), 0);
        return (uint64_t) st.st_size;
}

static Fd open_output(uint32_t id, OutputState *state, uint64_t position) {
        uint64_t start, end;
        int fd;

        ck_assert_int_eq(cache_open_segment(dir.fd, job_id(id), state, position, &fd, &start, &end), 0);
        return fd;
}

START_TEST(root_has_none) {
        ck_assert_ptr_null(account(0));
        ck_assert(!account_is_over(NULL));
        ck_assert_uint_eq(account_room(&(OutputState){}), UINT64_MAX);
        ck_assert_uint_eq(account_grant(&(OutputState){}), UINT64_MAX);
}
END_TEST

START_TEST(counts_records) {
        OutputState state = finished_job(ALICE, 1, &unlimited, MIB), none = {};

        account_open(account(ALICE), &none, 2000);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("1") + 2000);
        account_close(&none, 2000);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("1"));
        account_close(&state, 0);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, 0);
        account_open(account(0), &state, 1);
        account_close(&state, 1);
}
END_TEST

START_TEST(counts_files) {
        OutputState first = finished_job(ALICE, 1, &unlimited, MIB),
                    second = finished_job(ALICE, 2, &unlimited, 40 * MIB),
                    others = finished_job(BOB, 3, &unlimited, MIB);
        g_autoptr(Cache) again = NULL;

        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("1") + disk_of("2"));
        ck_assert_uint_eq(account(BOB)->sum.bytes, disk_of("3"));

        /* what has been received counts with its segment */
        ck_assert_int_eq(cache_consume(dir.fd, job_id(2), &second,
                                       30 * (4096 + sizeof(FrameHeader)) + SEGMENT_HEAD_SIZE, false,
                                       save_nothing, NULL),
                         0);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("1") + disk_of("2"));
        ck_assert_uint_gt(account(ALICE)->sum.bytes, 41 * MIB);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(2), &second, second.end, false, save_nothing, NULL),
                         0);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("1"));

        /* a next jobd */
        first.start = 500;
        account(BOB)->sum.bytes -= output_state_disk(&others);
        account_open(account(BOB), &others, 0);
        account(ALICE)->sum.bytes = 0;
        account_open(account(ALICE), &first, 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(1), &first, &unlimited, &again), 0);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("1"));

        ck_assert_int_eq(cache_remove(dir.fd, job_id(3), &others), 0);
        ck_assert_uint_eq(account(BOB)->sum.bytes, 0);
        ck_assert_uint_eq(disk_of("3"), 0);
        ck_assert_uint_eq(others.unread, 0);
        ck_assert_uint_eq(others.begin, others.end);
}
END_TEST

/* At the owner's limit a job drops what is its own, and keeps what the others have left. */
START_TEST(who_writes_gives_way) {
        g_autoptr(Cache) a = NULL, b = NULL;
        OutputState first, second = {}, third = {};
        uint64_t kept;

        accounts->limit = 8 * MIB;
        first = finished_job(ALICE, 1, &unlimited, 5 * MIB);
        kept = disk_of("1");
        account_open(account(ALICE), &second, 0);
        account_open(account(ALICE), &third, 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(2), &second, &unlimited, &a), 0);
        write_output(a, 20 * MIB);
        ck_assert_uint_le(account(ALICE)->sum.bytes, 8 * MIB);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, kept + disk_of("2"));
        ck_assert_uint_eq(second.unread + second.dropped, 20 * MIB);
        ck_assert_uint_ge(second.unread, 2 * MIB);
        ck_assert_uint_eq(disk_of("1"), kept);
        ck_assert_uint_eq(first.dropped, 0);

        /* there is nothing left for this one: its last words are kept, and no more */
        ck_assert_int_eq(cache_open(dir.fd, job_id(3), &third, &unlimited, &b), 0);
        write_output(b, 20 * MIB);
        ck_assert_uint_le(disk_of("3"), MAX(8 * MIB - kept - disk_of("2"), 16 * KIB));
        ck_assert_uint_eq(account(ALICE)->sum.bytes, kept + disk_of("2") + disk_of("3"));
        ck_assert_uint_le(account(ALICE)->sum.bytes, 8 * MIB + 16 * KIB);
        ck_assert_uint_eq(second.unread + second.dropped, 20 * MIB);
        ck_assert_uint_ge(third.unread, 4096);

        /* another owner has his own */
        ck_assert_uint_ge(finished_job(BOB, 4, &unlimited, 7 * MIB).unread, 7 * MIB);
}
END_TEST

/* A segment that was begun while there was much room does not stay for good. */
START_TEST(room_that_shrinks) {
        g_autoptr(Cache) a = NULL, b = NULL;
        OutputState first = {}, second = {};

        accounts->limit = 64 * MIB;
        account_open(account(ALICE), &first, 0);
        account_open(account(ALICE), &second, 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(1), &first, &unlimited, &a), 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(2), &second, &unlimited, &b), 0);
        write_output(a, 7 * MIB);
        write_output(b, 57 * MIB);
        accounts->limit = 32 * MIB;
        write_output(a, 4096);
        write_output(b, 4096);
        ck_assert_uint_le(account(ALICE)->sum.bytes, 32 * MIB);
        ck_assert_uint_le(disk_of("1"), 16 * KIB);
}
END_TEST

START_TEST(block_is_granted_little) {
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};

        accounts->limit = 256 * MIB;
        account_open(account(ALICE), &state, 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(1), &state, &block, &cache), 0);
        ck_assert_uint_eq(output_allowed(&state, &block), 64 * KIB);
        accounts->limit = 32 * 1024 * MIB;
        ck_assert_uint_eq(output_allowed(&state, &block), 2 * MIB);
        ck_assert_uint_eq(output_allowed(&state, &unlimited), CONTROL_WINDOW);
        accounts->limit = UINT64_MAX;
        ck_assert_uint_eq(output_allowed(&state, &block), CONTROL_WINDOW);

        accounts->limit = MIB;
        write_output(cache, MIB - 96 * KIB);
        ck_assert_uint_eq(output_allowed(&state, &block), MIB - 96 * KIB + 64 * KIB);
        write_output(cache, 96 * KIB);
        ck_assert_uint_eq(output_allowed(&state, &block), MIB); /* not one more */
        ck_assert_uint_eq(state.dropped, 0);
        /* received: it goes on, and what was received goes though the job is still writing */
        ck_assert_int_eq(cache_consume(dir.fd, job_id(1), &state, state.end, true, save_nothing, NULL), 0);
        ck_assert_uint_ge(output_allowed(&state, &block), MIB + 64 * KIB);
        write_output(cache, 64 * KIB);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(1), &state, state.end, true, save_nothing, NULL), 0);
        ck_assert_uint_le(account(ALICE)->sum.bytes, 256 * KIB);
}
END_TEST

/* Others have all there is: who has nothing left to be received may still say something. */
START_TEST(block_never_starves) {
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};

        accounts->limit = 2 * MIB;
        (void) finished_job(ALICE, 1, &block, 2 * MIB);
        account_open(account(ALICE), &state, 0);
        ck_assert_int_eq(cache_open(dir.fd, job_id(2), &state, &block, &cache), 0);
        for (int i = 1; i < 100; i++) {
                ck_assert_uint_eq(output_allowed(&state, &block), state.next[0] + 64 * KIB);
                write_output(cache, 64 * KIB);
                ck_assert_uint_eq(output_allowed(&state, &block), state.next[0]);
                ck_assert_int_eq(cache_consume(dir.fd, job_id(2), &state, state.end, true, save_nothing,
                                               NULL),
                                 0);
                ck_assert_uint_le(disk_of("2"), 144 * KIB);
        }
}
END_TEST

/* What the limit drops is cut, whoever has it open; readers see that, and go on with what is left. */
START_TEST(dropped_is_cut) {
        OutputLimit limit = { .bytes = MIB };
        g_autoptr(Cache) cache = NULL;
        OutputState state = {};
        g_auto(Fd) fd = -1;

        ck_assert_int_eq(cache_open(dir.fd, job_id(1), &state, &limit, &cache), 0);
        write_output(cache, 64 * KIB);
        fd = open_output(1, &state, 0);
        ck_assert_uint_gt(size_of(fd), 64 * KIB);
        write_output(cache, 2 * MIB);
        ck_assert_uint_eq(size_of(fd), 0);
        ck_assert_uint_ge(state.dropped, MIB);
}
END_TEST

static bool is_intact(int fd, uint64_t frames) {
        g_auto(FrameCursor) cursor = {};
        Frame frame;

        frame_cursor_init(&cursor, fd, SEGMENT_HEAD_SIZE, size_of(fd), true);
        while (frames > 0 && frame_cursor_next(&cursor, &frame) > 0) {
                for (size_t i = 0; i < frame.header.length; i++)
                        if (frame.data[i] != byte_at(frame.header.offset + i))
                                return false;
                frames--;
        }
        return frames == 0;
}

START_TEST(held_open) {
        OutputState state = {};
        g_auto(Fd) fd = -1;

        accounts->limit = 64 * MIB;
        state = finished_job(ALICE, 1, &unlimited, MIB);
        fd = open_output(1, &state, 0);
        if (_i)
                ck_assert_int_eq(cache_remove(dir.fd, job_id(1), &state), 0);
        else
                ck_assert_int_eq(cache_consume(dir.fd, job_id(1), &state, state.end, false, save_nothing,
                                               NULL),
                                 0);
        ck_assert_uint_eq(disk_of("1"), 0);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, disk_of("held"));
        ck_assert_uint_gt(account(ALICE)->sum.bytes, MIB);
        ck_assert(is_intact(fd, MIB / 4096));
        held_check(account(ALICE));
        ck_assert(is_intact(fd, MIB / 4096));

        fd_clear(&fd);
        held_check(account(ALICE));
        ck_assert_uint_eq(account(ALICE)->sum.bytes, 0);
        ck_assert_uint_eq(disk_of("held"), 0);
        ck_assert_uint_eq(accounts->n_held, 0);
}
END_TEST

/* A descriptor that cannot read keeps the blocks of an unlinked file: of one that was cut, none. */
START_TEST(held_by_path) {
        OutputState state = finished_job(ALICE, 1, &unlimited, MIB);
        g_auto(Fd) fd = open_output(1, &state, 0), path = -1;
        g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);

        path = open(link, O_PATH | O_CLOEXEC);
        ck_assert_int_ge(path, 0);
        fd_clear(&fd);
        ck_assert_int_eq(cache_consume(dir.fd, job_id(1), &state, state.end, false, save_nothing, NULL), 0);
        ck_assert_uint_eq(size_of(path), 0);
        ck_assert_uint_eq(account(ALICE)->sum.bytes, 0);
}
END_TEST

/* Whoever is over the limit because of what he holds open is not, when he has closed it. */
START_TEST(held_counts) {
        OutputState state;
        g_auto(Fd) fd = -1;

        state = finished_job(ALICE, 1, &unlimited, MIB);
        accounts->limit = MIB;
        fd = open_output(1, &state, 0);
        ck_assert_int_eq(cache_remove(dir.fd, job_id(1), &state), 0);
        ck_assert(account_is_over(account(ALICE)));
        ck_assert(!account_is_over(account(BOB)));
        fd_clear(&fd);
        ck_assert(!account_is_over(account(ALICE)));
        ck_assert_uint_eq(account(ALICE)->sum.bytes, 0);
}
END_TEST

/* What a job is granted is only calculated: there may be a thousand to be told, and each look asks the
 * kernel. */
START_TEST(held_is_not_looked_at_by_a_grant) {
        OutputState first, second;
        g_auto(Fd) fd = -1;

        first = finished_job(ALICE, 1, &unlimited, MIB / 2); /* one segment: there was room */
        accounts->limit = MIB;
        second = finished_job(ALICE, 2, &block, MIB / 2);
        fd = open_output(1, &first, 0);
        ck_assert_int_eq(cache_remove(dir.fd, job_id(1), &first), 0);
        fd_clear(&fd);
        ck_assert_uint_eq(account_grant(&second), 0);
        ck_assert_uint_gt(account(ALICE)->held.length, 0);
        held_check(account(ALICE));
        ck_assert_uint_eq(account_grant(&second), 64 * KIB);
}
END_TEST

START_TEST(held_is_bounded) {
        Fd fds[HELD_MAX_OF_ONE + 2];
        g_auto(Fd) other = -1;
        OutputState state;

        state = finished_job(BOB, 1, &unlimited, 4096);
        other = open_output(1, &state, 0);
        ck_assert_int_eq(cache_remove(dir.fd, job_id(1), &state), 0);
        for (uint32_t i = 0; i < G_N_ELEMENTS(fds); i++) {
                state = finished_job(ALICE, 2 + i, &unlimited, 4096);
                fds[i] = open_output(2 + i, &state, 0);
                ck_assert_int_eq(cache_remove(dir.fd, job_id(2 + i), &state), 0);
        }
        ck_assert_uint_eq(account(ALICE)->held.length, HELD_MAX_OF_ONE);
        ck_assert_uint_eq(size_of(fds[0]), 0);
        ck_assert_uint_eq(size_of(fds[1]), 0);
        ck_assert(is_intact(fds[2], 1));
        ck_assert(is_intact(other, 1));
        ck_assert_uint_eq(account(ALICE)->sum.bytes + account(BOB)->sum.bytes, disk_of("held"));
        for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
                fd_clear(&fds[i]);

        /* all together, too; then it is the own one that is cut */
        accounts->n_held = HELD_MAX;
        state = finished_job(BOB, 100, &unlimited, 4096);
        fds[0] = open_output(100, &state, 0);
        ck_assert_int_eq(cache_remove(dir.fd, job_id(100), &state), 0);
        ck_assert(is_intact(fds[0], 1));
        ck_assert_uint_eq(size_of(other), 0);
        accounts->n_held = HELD_MAX;
        state = finished_job(1003, 101, &unlimited, 4096);
        fds[1] = open_output(101, &state, 0);
        ck_assert_int_eq(cache_remove(dir.fd, job_id(101), &state), 0);
        ck_assert_uint_eq(size_of(fds[1]), 0);
        fd_clear(&fds[0]);
        fd_clear(&fds[1]);
}
END_TEST

/* Nothing of it is known after a restart: it is cut, and gone. */
START_TEST(held_ends_with_jobd) {
        OutputState state = finished_job(ALICE, 1, &unlimited, MIB);
        g_auto(Fd) fd = open_output(1, &state, 0), left = -1;
        g_autofree char *path = g_build_filename(dir.path, "held", "9.0", NULL);

        ck_assert_int_eq(cache_remove(dir.fd, job_id(1), &state), 0);
        ck_assert(g_file_set_contents(path, "of a jobd that was killed", -1, NULL));
        left = open(path, O_RDONLY | O_CLOEXEC);
        g_clear_pointer(&accounts, accounts_free);
        ck_assert_int_eq(accounts_new(dir.fd, &accounts), 0);
        ck_assert_uint_eq(size_of(fd), 0);
        ck_assert_uint_eq(size_of(left), 0);
        ck_assert_uint_eq(disk_of("held"), 0);
        ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("account");
        TCase *tcase = tcase_create("account");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, root_has_none);
        tcase_add_test(tcase, counts_records);
        tcase_add_test(tcase, counts_files);
        tcase_add_test(tcase, who_writes_gives_way);
        tcase_add_test(tcase, room_that_shrinks);
        tcase_add_test(tcase, block_is_granted_little);
        tcase_add_test(tcase, block_never_starves);
        tcase_add_test(tcase, dropped_is_cut);
        tcase_add_loop_test(tcase, held_open, 0, 2);
        tcase_add_test(tcase, held_by_path);
        tcase_add_test(tcase, held_counts);
        tcase_add_test(tcase, held_is_not_looked_at_by_a_grant);
        tcase_add_test(tcase, held_is_bounded);
        tcase_add_test(tcase, held_ends_with_jobd);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
