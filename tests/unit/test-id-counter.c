/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "run.h"
#include "store/id-counter.h"
#include "temporary.h"

#define BOOT_A "0123456789abcdef0123456789abcdef"
#define BOOT_B "fedcba9876543210fedcba9876543210"

static char *synced; /* what the disk has after the power went */

/* In place of the C library's: what is written after the last of these may be lost. */
int fdatasync(int fd) {
        g_free(synced);
        synced = temporary_read("next-id", NULL);
        return 0;
}

static uint32_t take(IdCounter *counter) {
        uint32_t id = 0;

        ck_assert_int_eq(id_counter_take(counter, &id), 0);
        return id;
}

static void open_counter(IdCounter *counter, uint32_t at_least, const char *boot) {
        ck_assert_int_ge(id_counter_open(counter, temporary_fd, at_least, boot), 0);
}

START_TEST(counts_from_one) {
        IdCounter counter;

        open_counter(&counter, 1, BOOT_A);
        for (uint32_t i = 1; i <= 3 * ID_BLOCK; i++)
                ck_assert_uint_eq(take(&counter), i);
        id_counter_close(&counter);
}
END_TEST

/* Killed without any chance to write: within one boot no id is skipped, and none is given twice. */
START_TEST(crash) {
        IdCounter counter, next;

        for (uint32_t i = 1; i <= 3 * ID_BLOCK; i += 2) {
                open_counter(&counter, 1, BOOT_A);
                ck_assert_uint_eq(take(&counter), i);
                open_counter(&next, 1, BOOT_A);
                ck_assert_uint_eq(take(&next), i + 1);
                id_counter_close(&counter);
                id_counter_close(&next);
        }
}
END_TEST

/* The power goes after each id: only what was synced is there, and it is another boot. */
START_TEST(power_cut) {
        uint32_t last = 0;
        IdCounter counter;

        open_counter(&counter, 1, BOOT_A);
        for (int i = 0; i < _i; i++)
                last = take(&counter);
        id_counter_close(&counter);

        ck_assert_ptr_nonnull(synced);
        temporary_write("next-id", synced, -1);
        open_counter(&counter, 1, BOOT_B);
        ck_assert_uint_gt(take(&counter), last);
        ck_assert_uint_le(counter.next, last + ID_BLOCK + 1); /* not wasted beyond need */
        id_counter_close(&counter);
}
END_TEST

START_TEST(sync_is_rare) {
        IdCounter counter;
        unsigned n = 0;

        open_counter(&counter, 1, BOOT_A);
        for (uint32_t i = 0; i < 10 * ID_BLOCK; i++) {
                g_clear_pointer(&synced, g_free);
                (void) take(&counter);
                n += synced != NULL;
        }
        ck_assert_uint_eq(n, 10);
        id_counter_close(&counter);
}
END_TEST

START_TEST(clean_reboot) {
        IdCounter counter;
        uint32_t last;

        open_counter(&counter, 1, BOOT_A);
        last = take(&counter);
        id_counter_close(&counter);
        open_counter(&counter, 1, BOOT_B);
        ck_assert_uint_gt(take(&counter), last);
        id_counter_close(&counter);
}
END_TEST

START_TEST(at_least) {
        IdCounter counter;

        open_counter(&counter, 100, BOOT_A);
        ck_assert_uint_eq(take(&counter), 100);
        id_counter_close(&counter);
        open_counter(&counter, 50, BOOT_A);
        ck_assert_uint_eq(take(&counter), 101);
        id_counter_close(&counter);
}
END_TEST

START_TEST(end_of_ids) {
        IdCounter counter;
        uint32_t id = 0;

        open_counter(&counter, UINT32_MAX - 2, BOOT_A);
        ck_assert_uint_eq(take(&counter), UINT32_MAX - 2);
        ck_assert_uint_eq(take(&counter), UINT32_MAX - 1);
        ck_assert_int_eq(id_counter_take(&counter, &id), -ERANGE);
        ck_assert_uint_eq(id, 0);
        id_counter_close(&counter);
        open_counter(&counter, 1, BOOT_B);
        ck_assert_int_eq(id_counter_take(&counter, &id), -ERANGE);
        id_counter_close(&counter);
}
END_TEST

START_TEST(disk_full) {
        struct rlimit none = { 0, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
        IdCounter counter;
        uint32_t id = 0;

        (void) signal(SIGXFSZ, SIG_IGN);
        open_counter(&counter, 1, BOOT_A);
        ck_assert_uint_eq(take(&counter), 1);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
        ck_assert_int_lt(id_counter_take(&counter, &id), 0);
        ck_assert_uint_eq(id, 0);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
        ck_assert_uint_eq(take(&counter), 2);
        id_counter_close(&counter);
}
END_TEST

static const char *const damaged[] = {
        "garbage",
        "JOBDID1 0000000007",
        "JOBDID2 0000000007 0000000071 " BOOT_A "\n",
        "JOBDID1 0000000000 0000000071 " BOOT_A "\n", /* 0 is no id */
        "JOBDID1 4294967303 4294967367 " BOOT_A "\n", /* 7 and 71 when cut to 32 bits */
        "JOBDID1 -000000007 0000000071 " BOOT_A "\n",
        "JOBDID1 +000000007 0000000071 " BOOT_A "\n",
        "JOBDID1 0000000072 0000000071 " BOOT_A "\n", /* beyond what was reserved */
        "JOBDID1 0000000007 0000000071 0123456789abcdef\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\n",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0"
        "\0\0\0\0\0\0\0\0\0\0",
};

START_TEST(damaged_file) {
        gssize size = _i < (int) G_N_ELEMENTS(damaged) - 2 ? (gssize) strlen(damaged[_i]) : 63;
        IdCounter counter;

        temporary_write("next-id", damaged[_i], size);
        ck_assert_int_eq(id_counter_open(&counter, temporary_fd, 1, BOOT_A), -EBADMSG);
        ck_assert_int_eq(counter.fd, -1);
}
END_TEST

static void teardown(void) {
        g_clear_pointer(&synced, g_free);
        temporary_remove();
}

int main(void) {
        Suite *suite = suite_create("id-counter");
        TCase *tcase = tcase_create("id-counter");

        tcase_add_checked_fixture(tcase, temporary_make, teardown);
        tcase_add_test(tcase, counts_from_one);
        tcase_add_test(tcase, crash);
        tcase_add_loop_test(tcase, power_cut, 1, 2 * ID_BLOCK + 2);
        tcase_add_test(tcase, sync_is_rare);
        tcase_add_test(tcase, clean_reboot);
        tcase_add_test(tcase, at_least);
        tcase_add_test(tcase, end_of_ids);
        tcase_add_test(tcase, disk_full);
        tcase_add_loop_test(tcase, damaged_file, 0, G_N_ELEMENTS(damaged));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
