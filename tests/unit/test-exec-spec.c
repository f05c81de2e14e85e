/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exec/environment.h"
#include "exec/spec.h"
#include "run.h"

#define SEALS   (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)
#define STRINGS "/tmp\0echo\0a b\0\0A=1\0B=\0A=2"
#define UUID    "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"

typedef struct Bytes {
        ExecSpecHeader header;
        char strings[sizeof(STRINGS)];
} Bytes;

static Bytes good(void) {
        Bytes bytes = {
                .header = { .magic = EXEC_SPEC_MAGIC,
                            .job = { 7 },
                            .umask = 022,
                            .stop_signal = SIGTERM,
                            .n_argv = 3,
                            .n_env = 3,
                            .allowed = 5,
                            .uuid = UUID },
                .strings = STRINGS,
        };

        bytes.header.size = offsetof(Bytes, strings) + sizeof(bytes.strings);
        return bytes;
}

/* Parses a copy of exactly this size, so that a sanitizer sees every byte too far. */
static int parse(const void *bytes, size_t size) {
        void *copy = malloc(size);
        Spec spec;
        int r;

        memcpy(copy, bytes, size);
        r = spec_parse(copy, size, &spec);
        if (r == 0) {
                free(spec.argv);
                free(spec.env);
        }
        free(copy);
        return r;
}

START_TEST(reads) {
        Bytes bytes = good();
        Spec spec;
        int fd = memfd_create("spec", MFD_ALLOW_SEALING | MFD_CLOEXEC);

        ck_assert_int_eq(write(fd, &bytes, bytes.header.size), bytes.header.size);
        ck_assert_int_eq(spec_read(fd, &spec), -EPERM);
        ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW), 0);
        ck_assert_int_eq(spec_read(fd, &spec), -EPERM);
        ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, SEALS), 0);
        ck_assert_int_eq(spec_read(fd, &spec), 0);
        (void) close(fd);

        ck_assert_str_eq(spec.directory, "/tmp");
        ck_assert_str_eq(spec.argv[0], "echo");
        ck_assert_str_eq(spec.argv[1], "a b");
        ck_assert_str_eq(spec.argv[2], "");
        ck_assert_ptr_null(spec.argv[3]);
        ck_assert_str_eq(spec.env[0], "A=1");
        ck_assert_str_eq(spec.env[1], "B=");
        ck_assert_str_eq(spec.env[2], "A=2");
        ck_assert_ptr_null(spec.env[3]);
        ck_assert_uint_eq(spec.header.allowed, 5);
        spec_free(&spec);
}
END_TEST

START_TEST(reads_limits) {
        const size_t strings = offsetof(Bytes, strings) + sizeof(STRINGS);
        unsigned char image[sizeof(Bytes) + sizeof(ExecLimits)];
        ExecLimits limits = EXEC_LIMITS_NONE;
        Bytes bytes = good();
        Spec spec;

        ck_assert_int_eq(spec_parse(&bytes, strings, &spec), 0);
        ck_assert_int_eq(spec.limits.nice, -20);
        ck_assert_uint_eq(spec.limits.resources_set, 0);
        free(spec.argv);
        free(spec.env);

        limits.nice = 5;
        (void) strcpy(limits.cpus, "0-3");
        bytes.header.flags = EXEC_SPEC_LIMITS;
        bytes.header.size = (uint32_t) (strings + sizeof(limits));
        memcpy(image, &bytes, strings);
        memcpy(image + strings, &limits, sizeof(limits));
        ck_assert_int_eq(spec_parse(image, bytes.header.size, &spec), 0);
        ck_assert_int_eq(spec.limits.nice, 5);
        ck_assert_str_eq(spec.limits.cpus, "0-3");
        ck_assert_str_eq(spec.env[2], "A=2");
        free(spec.argv);
        free(spec.env);

        memset(image + strings + offsetof(ExecLimits, cpus), '1', EXEC_CPUS_MAX); /* without an end */
        ck_assert_int_eq(spec_parse(image, bytes.header.size, &spec), -EBADMSG);
        bytes.header.size = (uint32_t) strings; /* promised, and not there */
        ck_assert_int_eq(parse(&bytes, strings), -EBADMSG);
}
END_TEST

START_TEST(not_a_memfd) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        Spec spec;

        ck_assert_int_eq(spec_read(fd, &spec), -EPERM);
        ck_assert_int_eq(spec_read(-1, &spec), -EPERM);
        (void) close(fd);
}
END_TEST

START_TEST(truncated_at_each_byte) {
        Bytes bytes = good();
        const size_t size = bytes.header.size;

        ck_assert_int_eq(parse(&bytes, size), 0);
        for (size_t i = 0; i < size; i++) {
                bytes.header.size = (uint32_t) size;
                ck_assert_int_eq(parse(&bytes, i), -EBADMSG);
                bytes.header.size = (uint32_t) i; /* and saying so */
                ck_assert_int_eq(parse(&bytes, i), -EBADMSG);
        }
}
END_TEST

static void bad_magic(Bytes *b) {
        b->header.magic[7] = '9';
}
static void bad_size(Bytes *b) {
        b->header.size++;
}
static void bad_flags(Bytes *b) {
        b->header.flags = 8;
}
static void bad_id(Bytes *b) {
        b->header.job.number = 0;
}
static void no_stop_signal(Bytes *b) {
        b->header.stop_signal = 0;
}
static void bad_stop_signal(Bytes *b) {
        b->header.stop_signal = 65;
}
static void bad_umask(Bytes *b) {
        b->header.umask = 01000;
}
static void no_argv(Bytes *b) {
        b->header.n_argv = 0;
        b->header.n_env = 6;
}
static void more_argv(Bytes *b) {
        b->header.n_argv = 4;
}
static void fewer_argv(Bytes *b) {
        b->header.n_argv = 2;
}
static void huge_argv(Bytes *b) {
        b->header.n_argv = UINT32_MAX;
}
static void more_env(Bytes *b) {
        b->header.n_env = 4;
}
static void fewer_env(Bytes *b) {
        b->header.n_env = 2;
}
static void huge_env(Bytes *b) {
        b->header.n_env = UINT32_MAX;
}
static void no_last_nul(Bytes *b) {
        b->strings[sizeof(b->strings) - 1] = 'x';
}
static void no_assignment(Bytes *b) {
        b->strings[sizeof(STRINGS) - 3] = '-';
}
static void no_name(Bytes *b) {
        b->strings[sizeof(STRINGS) - 4] = '=';
}
static void uuid_upper(Bytes *b) {
        b->header.uuid[0] = 'A';
}
static void uuid_newline(Bytes *b) {
        b->header.uuid[3] = '\n';
}
static void uuid_short(Bytes *b) {
        b->header.uuid[35] = '\0';
}
static void uuid_long(Bytes *b) {
        b->header.uuid[36] = 'a';
}
static void uuid_rest(Bytes *b) {
        b->header.uuid[39] = 'a';
}

static void (*const damages[])(Bytes *) = {
        bad_magic,       bad_size,   bad_flags,   bad_id,        bad_umask, no_stop_signal,
        bad_stop_signal, no_argv,    more_argv,   fewer_argv,    huge_argv, more_env,
        fewer_env,       huge_env,   no_last_nul, no_assignment, no_name,   uuid_upper,
        uuid_newline,    uuid_short, uuid_long,   uuid_rest,
};

START_TEST(damaged) {
        Bytes bytes = good();

        damages[_i](&bytes);
        ck_assert_int_eq(parse(&bytes, good().header.size), -EBADMSG);
}
END_TEST

/* A directory of `length` bytes, and one word. */
static int parse_directory(size_t length) {
        static char bytes[sizeof(ExecSpecHeader) + 2 * JOBD_PATH_MAX];
        ExecSpecHeader header = good().header;
        const size_t size = sizeof(header) + length + 1 + 2;

        header.n_argv = 1;
        header.n_env = 0;
        header.size = (uint32_t) size;
        memset(bytes, 0, sizeof(bytes));
        memset(bytes + sizeof(header), 'd', length);
        bytes[size - 2] = 'x';
        memcpy(bytes, &header, sizeof(header));
        return parse(bytes, size);
}

START_TEST(long_directory) {
        ck_assert_int_eq(parse_directory(JOBD_PATH_MAX), -EBADMSG);
        ck_assert_int_eq(parse_directory(JOBD_PATH_MAX - 1), 0);
        ck_assert_int_eq(parse_directory(0), 0);
}
END_TEST

static char *inherited[] = { "HOME=/home/a",
                             "INVOCATION_ID=1234",
                             "NOTIFY_SOCKET=/run/systemd/notify",
                             "JOURNAL_STREAM=1:2",
                             "LISTEN_FDS=3",
                             "WATCHDOG_USEC=1",
                             "SYSTEMD_EXEC_PID=99",
                             "A=0",
                             "NOTIFY_SOCKETS=mine",
                             NULL };

static void check_environment(char **env, const char *directory, uint32_t flags, const char *notify,
                              const char *const *expected) {
        Spec spec = { .header = { .flags = flags, .job = { 7 }, .uuid = UUID },
                      .env = env,
                      .directory = directory };
        Environment environment;
        size_t i = 0;

        ck_assert_int_eq(environment_build(&spec, inherited, notify, &environment), 0);
        for (; expected[i] != NULL; i++) {
                ck_assert_ptr_nonnull(environment.assignments[i]);
                ck_assert_str_eq(environment.assignments[i], expected[i]);
        }
        ck_assert_ptr_null(environment.assignments[i]);
        environment_free(&environment);
}

START_TEST(environment) {
        char *env[] = {
                "A=1",       "AB=x",        "B=", "A=2", "INVOCATION_ID=theirs", "NOTIFY_SOCKET=theirs",
                "JOBD_ID=1", "PWD=/theirs", NULL
        };
        char *none[] = { NULL };

        check_environment(env, "/work", 0, "@a",
                          (const char *const[]){ "AB=x", "B=", "A=2", "JOBD_ID=7", "JOBD_JOB=" UUID,
                                                 "PWD=/work", "NOTIFY_SOCKET=@a", "INVOCATION_ID=1234",
                                                 NULL });
        check_environment(env, "~", EXEC_SPEC_LOGIN_ENVIRONMENT, "@a",
                          (const char *const[]){ "HOME=/home/a", "NOTIFY_SOCKETS=mine", "AB=x", "B=", "A=2",
                                                 "JOBD_ID=7", "JOBD_JOB=" UUID, "PWD=/home/a",
                                                 "NOTIFY_SOCKET=@a", "INVOCATION_ID=1234", NULL });
        check_environment(
                        none, "/", 0, NULL,
                        (const char *const[]){ "JOBD_ID=7", "JOBD_JOB=" UUID, "INVOCATION_ID=1234", NULL });
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-spec");
        TCase *tcase = tcase_create("spec");

        tcase_add_test(tcase, reads);
        tcase_add_test(tcase, reads_limits);
        tcase_add_test(tcase, not_a_memfd);
        tcase_add_test(tcase, truncated_at_each_byte);
        tcase_add_loop_test(tcase, damaged, 0, sizeof(damages) / sizeof(damages[0]));
        tcase_add_test(tcase, long_directory);
        tcase_add_test(tcase, environment);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
