/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/crc32c.h"
#include "run.h"

/* RFC 3720, B.4: 32 bytes of one kind each. And the check value of the catalogue of CRCs. */
static void fill(int row, uint8_t *bytes, size_t *size, uint32_t *crc) {
        *size = 32;
        for (int i = 0; i < 32; i++)
                switch (row) {
                case 0:
                        bytes[i] = 0;
                        break;
                case 1:
                        bytes[i] = 0xff;
                        break;
                case 2:
                        bytes[i] = (uint8_t) i;
                        break;
                default:
                        bytes[i] = (uint8_t) (31 - i);
                        break;
                }
        *crc = (const uint32_t[]){ 0x8a9136aa, 0x62a8ab43, 0x46dd794e, 0x113fdb5c }[row];
}

START_TEST(vectors) {
        uint8_t bytes[32];
        uint32_t crc;
        size_t size;

        fill(_i, bytes, &size, &crc);
        ck_assert_uint_eq(crc32c(0, bytes, size), crc);
        ck_assert_uint_eq(crc32c_portable(0, bytes, size), crc);
}
END_TEST

START_TEST(check_value) {
        ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
        ck_assert_uint_eq(crc32c_portable(0, "123456789", 9), 0xe3069283);
        ck_assert_uint_eq(crc32c(0, "", 0), 0);
}
END_TEST

/* Both ways agree for every alignment and split. */
START_TEST(pieces) {
        uint8_t bytes[100];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (uint8_t) (i * 37 + 11);
        for (size_t from = 0; from < 9; from++)
                for (size_t to = from; to <= sizeof(bytes); to++) {
                        uint32_t whole = crc32c_portable(0, bytes + from, to - from);

                        ck_assert_uint_eq(crc32c(0, bytes + from, to - from), whole);
                        for (size_t split = from; split <= to; split += 7)
                                ck_assert_uint_eq(crc32c(crc32c(0, bytes + from, split - from),
                                                         bytes + split, to - split),
                                                  whole);
                }
}
END_TEST

int main(void) {
        Suite *suite = suite_create("crc32c");
        TCase *tcase = tcase_create("crc32c");

        tcase_add_loop_test(tcase, vectors, 0, 4);
        tcase_add_test(tcase, check_value);
        tcase_add_test(tcase, pieces);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
