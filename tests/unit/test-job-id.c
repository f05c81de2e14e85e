/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/job-id.h"
#include "run.h"

static const struct {
        JobIdForm form;
        const char *text;
        int r;
        JobId id;
} texts[] = {
        { JOB_ID_PATH, "/org/jobd1/job/7", 0, { 7, 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7/2", 0, { 7, 2 } },
        { JOB_ID_PATH, "/org/jobd1/job/4294967295/4294967295", 0, { UINT32_MAX, UINT32_MAX } },
        { JOB_ID_LABEL, "7", 0, { 7, 0 } },
        { JOB_ID_LABEL, "7.2", 0, { 7, 2 } },
        { JOB_ID_UNIT, "jobd-7.service", 0, { 7, 0 } },
        { JOB_ID_UNIT, "jobd-7-2.service", 0, { 7, 2 } },
        { JOB_ID_FOLDER, "7", 0, { 7, 0 } },
        { JOB_ID_FOLDER, "7/2", 0, { 7, 2 } },
        { JOB_ID_FD_NAME, "job-7", 0, { 7, 0 } },
        { JOB_ID_FD_NAME, "job-7-2", 0, { 7, 2 } },

        { JOB_ID_PATH, "/org/jobd1/job/4294967303", -ERANGE, { 0 } }, /* sscanf("%u") takes it for 7 */
        { JOB_ID_PATH, "/org/jobd1/job/99999999999999999999999", -ERANGE, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7/4294967298", -ERANGE, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/0", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/07", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/00000000000007", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/+7", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/-1", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7x", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7/", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7/0", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7/2/", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/7/2/3", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job//2", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job/", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd1/job", -EINVAL, { 0 } },
        { JOB_ID_PATH, "/org/jobd2/job/7", -EINVAL, { 0 } },
        { JOB_ID_LABEL, "", -EINVAL, { 0 } },
        { JOB_ID_LABEL, ".", -EINVAL, { 0 } },
        { JOB_ID_LABEL, "7.", -EINVAL, { 0 } },
        { JOB_ID_LABEL, ".2", -EINVAL, { 0 } },
        { JOB_ID_LABEL, "7-2", -EINVAL, { 0 } },
        { JOB_ID_LABEL, " 7", -EINVAL, { 0 } },
        { JOB_ID_UNIT, "jobd-.service", -EINVAL, { 0 } },
        { JOB_ID_UNIT, "jobd-1000.slice", -EINVAL, { 0 } },
        { JOB_ID_UNIT, "jobd.service", -EINVAL, { 0 } },
        { JOB_ID_UNIT, "jobd-7.service.d", -EINVAL, { 0 } },
        { JOB_ID_UNIT, "jobd-exec.service", -EINVAL, { 0 } },
        { JOB_ID_FOLDER, "held", -EINVAL, { 0 } },
        { JOB_ID_FD_NAME, "jobs-7", -EINVAL, { 0 } },
};

START_TEST(read_and_written) {
        JobId id = { 0 };

        ck_assert_int_eq(job_id_parse(texts[_i].form, texts[_i].text, &id), texts[_i].r);
        ck_assert(job_id_equal(id, texts[_i].id));
        if (texts[_i].r == 0)
                ck_assert_str_eq(job_id_text(texts[_i].form, id).text, texts[_i].text);
}
END_TEST

START_TEST(order) {
        static const JobId sorted[] = { { 1, 0 }, { 1, 1 },  { 1, UINT32_MAX }, { 2, 0 },
                                        { 2, 1 }, { 10, 0 }, { UINT32_MAX, 0 } };

        for (size_t i = 0; i < G_N_ELEMENTS(sorted); i++)
                for (size_t k = 0; k < G_N_ELEMENTS(sorted); k++)
                        ck_assert_int_eq(job_id_compare(sorted[i], sorted[k]), (i > k) - (i < k));
}
END_TEST

START_TEST(newness) {
        JobId one = job_id(1), two = job_id(2);

        ck_assert_int_lt(job_newness_compare(one, 20, two, 10), 0);
        ck_assert_int_gt(job_newness_compare(one, 10, two, 20), 0);
        ck_assert_int_lt(job_newness_compare(one, 0, two, 10), 0); /* it has not ended */
        ck_assert_int_gt(job_newness_compare(one, 10, two, 10), 0);
        ck_assert_int_gt(job_newness_compare(one, 0, two, 0), 0);
        ck_assert_int_eq(job_newness_compare(one, 10, one, 10), 0);
}
END_TEST

START_TEST(a_map) {
        g_autoptr(JobMap) map = job_map_new(g_free);
        JobId child = { 7, 2 };

        ck_assert(job_map_set(map, job_id(7), g_strdup("job")));
        ck_assert(job_map_set(map, child, g_strdup("child")));
        ck_assert_str_eq(job_map_get(map, job_id(7)), "job");
        ck_assert_str_eq(job_map_get(map, child), "child");
        ck_assert_ptr_null(job_map_get(map, job_id(2)));
        ck_assert(!job_map_set(map, child, g_strdup("again")));
        ck_assert_str_eq(job_map_get(map, child), "again");
        ck_assert(job_map_remove(map, job_id(7)));
        ck_assert(!job_map_remove(map, job_id(7)));
        ck_assert(!job_map_has(map, job_id(7)));
        ck_assert(job_map_has(map, child));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("job-id");
        TCase *tcase = tcase_create("job-id");

        tcase_add_loop_test(tcase, read_and_written, 0, G_N_ELEMENTS(texts));
        tcase_add_test(tcase, order);
        tcase_add_test(tcase, newness);
        tcase_add_test(tcase, a_map);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
