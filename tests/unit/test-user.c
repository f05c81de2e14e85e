/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "base/user.h"
#include "run.h"

static const struct {
        const char *word;
        int result;
        uid_t uid;
} words[] = {
        { "root", 0, 0 },
        { "0", 0, 0 },
        { "1001", 0, 1001 },
        { "4294967294", 0, 4294967294U },
        { "4294967295", -EINVAL, 0 }, /* (uid_t) −1 */
        { "65535", -EINVAL, 0 },      /* the same of 16 bits */
        { "4294967296", -EINVAL, 0 },
        { "0x0", -EINVAL, 0 },
        { "1e3", -EINVAL, 0 },
        { "-1", -ESRCH, 0 },
        { "+0", -ESRCH, 0 },
        { " 0", -ESRCH, 0 },
        { "", -ESRCH, 0 },
        { "root:x:0", -ESRCH, 0 },
        { "no such user", -ESRCH, 0 },
};

START_TEST(find) {
        uid_t uid = 7;
        gid_t gid = 7;

        ck_assert_int_eq(user_find(words[_i].word, &uid), words[_i].result);
        ck_assert_int_eq(group_find(words[_i].word, &gid), words[_i].result);
        if (words[_i].result == 0) {
                ck_assert_uint_eq(uid, words[_i].uid);
                ck_assert_uint_eq(gid, words[_i].uid);
        }
}
END_TEST

START_TEST(names) {
        g_autofree char *root = user_dup_name(0), *group = group_dup_name(0),
                        *nobody = user_dup_name(4294967294U);

        ck_assert_str_eq(root, "root");
        ck_assert_str_eq(group, "root");
        ck_assert_str_eq(nobody, "4294967294");
}
END_TEST

static const struct {
        uid_t uid;
        bool regular;
} ranges[] = {
        { 0, false },     { 33, false },    { 999, false },   { 1000, true },       { 59999, true },
        { 60513, true },  { 60514, false }, { 61184, false }, { 65519, false },     { 65534, false },
        { 65535, false }, { 65536, true },  { 100000, true }, { 4294967294, true }, { 4294967295, false },
};

START_TEST(regular) {
        ck_assert_int_eq(user_is_regular(ranges[_i].uid), ranges[_i].regular);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("user");
        TCase *tcase = tcase_create("user");

        tcase_add_loop_test(tcase, find, 0, G_N_ELEMENTS(words));
        tcase_add_test(tcase, names);
        tcase_add_loop_test(tcase, regular, 0, G_N_ELEMENTS(ranges));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
