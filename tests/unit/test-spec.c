/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "jobs/spec.h"
#include "run.h"
#include "wire/exec-spec.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"

static Job *sample_job(bool login_environment) {
        static const char *const argv[] = { "sh", "", "\377", NULL }, *const environment[] = { "A=1",
                                                                                               "B=", NULL };
        JobRequest *request = job_request_new();

        request->argv = g_strdupv((char **) argv);
        request->environment = g_strdupv((char **) environment);
        request->login_environment = login_environment;
        request->directory = g_strdup("/tmp");
        job_values_set(request->values, JOB_OPTION_UMASK, g_variant_new_uint32(0077));
        return job_new(job_id(4294967295U), UUID, 1000, 1000, request);
}

START_TEST(layout) {
        static const char strings[] = "/tmp\0sh\0\0\377\0A=1\0B=";
        g_autoptr(Job) job = sample_job(_i);
        g_autoptr(GBytes) spec = spec_compose(job);
        gsize size;
        const char *blob = g_bytes_get_data(spec, &size);
        ExecSpecHeader header;

        ck_assert_uint_eq(size, sizeof(header) + sizeof(strings));
        memcpy(&header, blob, sizeof(header));
        ck_assert(memcmp(header.magic, "JOBDSPC2", 8) == 0);
        ck_assert_uint_eq(header.size, size);
        ck_assert_uint_eq(header.flags, _i ? EXEC_SPEC_LOGIN_ENVIRONMENT : 0);
        ck_assert_uint_eq(header.job.number, 4294967295U);
        ck_assert_uint_eq(header.umask, 0077);
        ck_assert_uint_eq(header.n_argv, 3);
        ck_assert_uint_eq(header.n_env, 2);
        ck_assert_uint_eq(header.allowed, UINT64_C(64) * 1024 * 1024); /* nothing is in the cache yet */
        ck_assert_str_eq(header.uuid, UUID);
        for (size_t i = strlen(UUID); i < sizeof(header.uuid); i++)
                ck_assert_int_eq(header.uuid[i], 0);
        ck_assert(memcmp(blob + sizeof(header), strings, sizeof(strings)) == 0);
}
END_TEST

START_TEST(limits_stand_at_the_end) {
        g_autoptr(Job) job = sample_job(false);
        g_autoptr(GBytes) spec = NULL, without = spec_compose(job);
        ExecLimits limits = EXEC_LIMITS_NONE;
        const char *blob;
        uint32_t flags;
        gsize size;

        limits.nice = 7;
        job->request->limits = g_memdup2(&limits, sizeof(limits));
        spec = spec_compose(job);
        blob = g_bytes_get_data(spec, &size);
        ck_assert_uint_eq(size, g_bytes_get_size(without) + sizeof(limits));
        memcpy(&flags, blob + offsetof(ExecSpecHeader, flags), sizeof(flags));
        ck_assert_uint_eq(flags, EXEC_SPEC_LIMITS);
        ck_assert(memcmp(blob + size - sizeof(limits), &limits, sizeof(limits)) == 0);
}
END_TEST

START_TEST(sealed) {
        g_autoptr(Job) job = sample_job(false);
        g_autoptr(GBytes) spec = spec_compose(job);
        gsize size;
        const char *blob = g_bytes_get_data(spec, &size);
        g_autofree char *back = g_malloc(size);
        g_auto(Fd) fd = -1;
        struct stat st;

        ck_assert_int_eq(spec_open(spec, &fd), 0);
        ck_assert_int_eq(fstat(fd, &st), 0);
        ck_assert_uint_eq((gsize) st.st_size, size);
        ck_assert_int_eq(read(fd, back, size), (ssize_t) size); /* it stands at its beginning */
        ck_assert(memcmp(back, blob, size) == 0);

        ck_assert_int_eq(pwrite(fd, "x", 1, 0), -1);
        ck_assert_int_eq(errno, EPERM);
        ck_assert_int_eq(ftruncate(fd, 0), -1);
        ck_assert_int_eq(ftruncate(fd, (off_t) size + 1), -1);
        ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1); /* the seals are sealed */
        ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("spec");
        TCase *tcase = tcase_create("spec");

        tcase_add_loop_test(tcase, layout, 0, 2);
        tcase_add_test(tcase, limits_stand_at_the_end);
        tcase_add_test(tcase, sealed);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
