/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "../unit/run.h"
#include "base/error.h"
#include "polkit.h"
#include "server.h"

/* StartJob: what is refused, in which words, and what arrives of what is not. */

/* Options that are wrong, behind a command that is right. */
#define OPTIONS(name, ...)                                                          \
        static int name(sd_bus_message *m) {                                        \
                return sd_bus_message_append(m, "asa{sv}", 1, "true", __VA_ARGS__); \
        }
OPTIONS(unknown_option, 1, "Shell", "s", "/bin/sh")
OPTIONS(misspelt_option, 1, "name", "s", "x")
OPTIONS(name_twice, 2, "Name", "s", "a", "Name", "s", "b")
OPTIONS(name_of_wrong_type, 1, "Name", "u", 7)
OPTIONS(name_of_bytes, 1, "Name", "ay", 1, 'x')
OPTIONS(name_with_escape, 1, "Name", "s", "\033[31m")
OPTIONS(name_with_newline, 1, "Name", "s", "a\nb")
OPTIONS(command_and_bytes, 1, "CommandBytes", "aay", 1, 1, 'x')
OPTIONS(command_bytes_as_strings, 1, "CommandBytes", "as", 1, "x")
OPTIONS(environment_without_equals, 1, "Environment", "as", 2, "A=1", "B")
OPTIONS(environment_without_name, 1, "Environment", "as", 1, "=1")
OPTIONS(environment_bytes_without_equals, 1, "EnvironmentBytes", "aay", 1, 1, 'B')
OPTIONS(environment_bytes_with_nul, 1, "EnvironmentBytes", "aay", 1, 4, 'A', '=', 0, 'x')
OPTIONS(relative_directory, 1, "WorkingDirectory", "ay", 3, 't', 'm', 'p')
OPTIONS(empty_directory, 1, "WorkingDirectory", "ay", 0)
OPTIONS(directory_with_nul, 1, "WorkingDirectory", "ay", 4, '/', 't', 0, 'x')
OPTIONS(directory_as_words, 1, "WorkingDirectory", "as", 1, "/tmp")
OPTIONS(umask_too_large, 1, "Umask", "u", 01000)
OPTIONS(nice_too_large, 1, "Nice", "i", 20)
OPTIONS(nice_too_small, 1, "Nice", "i", -21)
/* The own type of an option is the measure, whatever type its value comes in. */
OPTIONS(negative_umask, 1, "Umask", "i", -1)
OPTIONS(umask_of_64_bits, 1, "Umask", "t", UINT64_C(1) << 32 | 022)
OPTIONS(nice_of_64_bits, 1, "Nice", "x", -(INT64_C(1) << 32))
OPTIONS(negative_time, 1, "RuntimeMaxUSec", "x", INT64_C(-5))
OPTIONS(umask_as_double, 1, "Umask", "d", 18.0)
OPTIONS(umask_as_text, 1, "Umask", "s", "022")
OPTIONS(name_as_bytes, 1, "Name", "ay", 1, 'x')
OPTIONS(successes_of_64_bits, 1, "SuccessExitStatus", "at", 1, UINT64_C(1) << 32)
OPTIONS(success_without_list, 1, "SuccessExitStatus", "i", 3)
OPTIONS(no_time_to_run, 1, "RuntimeMaxUSec", "t", UINT64_C(0))
OPTIONS(no_output_limit, 1, "OutputLimit", "t", UINT64_C(0))
OPTIONS(output_limit_too_small, 1, "OutputLimit", "t", UINT64_C(4095))
OPTIONS(success_too_large, 1, "SuccessExitStatus", "ai", 2, 0, 256)
OPTIONS(success_negative, 1, "SuccessExitStatus", "ai", 1, -1)
OPTIONS(output_full_unknown, 1, "OutputFull", "s", "wait")
/* Refused words are quoted in the answer, which must be UTF-8 whatever they are: cut in mid-character, or no
 * text. */
OPTIONS(cut_in_mid_character, 1, "OutputFull", "s", "0123456789012345678901234567890\303\244\303\244")
OPTIONS(directory_of_bytes, 1, "WorkingDirectory", "ay", 3, 'x', 0xff, 0xfe)
OPTIONS(environment_of_bytes, 1, "EnvironmentBytes", "aay", 1, 3, 'x', 0xff, 0xfe)

static int no_command(sd_bus_message *m) {
        return sd_bus_message_append(m, "asa{sv}", 0, 0);
}

static int empty_program(sd_bus_message *m) {
        return sd_bus_message_append(m, "asa{sv}", 2, "", "x", 0);
}

static int nul_in_command(sd_bus_message *m) {
        return sd_bus_message_append(m, "asa{sv}", 0, 1, "CommandBytes", "aay", 2, 2, 's', 'h', 3, 'a', 0,
                                     'b');
}

static int no_bytes(sd_bus_message *m) {
        return sd_bus_message_append(m, "asa{sv}", 0, 1, "CommandBytes", "aay", 0);
}

static int long_name(sd_bus_message *m) {
        g_autofree char *name = g_strnfill(256, 'x');

        return sd_bus_message_append(m, "asa{sv}", 1, "true", 1, "Name", "s", name);
}

/* Opens an option's variant; close_option() closes it. */
static void open_option(sd_bus_message *m, const char *name, const char *type) {
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "{sv}"), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'e', "sv"), 0);
        ck_assert_int_ge(sd_bus_message_append(m, "s", name), 0);
        ck_assert_int_ge(sd_bus_message_open_container(m, 'v', type), 0);
}

static int close_option(sd_bus_message *m) {
        for (int i = 0; i < 3; i++)
                ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        return 0;
}

static int long_directory(sd_bus_message *m) {
        char path[JOBD_PATH_MAX];

        memset(path, '/', sizeof(path)); /* one byte too many: it needs a NUL */
        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, "true"), 0);
        open_option(m, "WorkingDirectory", "ay");
        ck_assert_int_ge(sd_bus_message_append_array(m, 'y', path, sizeof(path)), 0);
        return close_option(m);
}

static int many_successes(sd_bus_message *m) {
        int32_t values[257] = {};

        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, "true"), 0);
        open_option(m, "SuccessExitStatus", "ai");
        ck_assert_int_ge(sd_bus_message_append_array(m, 'i', values, sizeof(values)), 0);
        return close_option(m);
}

static int large_command(sd_bus_message *m) {
        /* "true" has 13 bytes, this one 9 more */
        g_autofree char *word = g_strnfill(JOBD_COMMAND_MAX - 13 - 8, 'x');

        return sd_bus_message_append(m, "asa{sv}", 2, "true", word, 0);
}

/* An empty word is none to whoever must keep it. */
static int many_words(sd_bus_message *m) {
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "s"), 0);
        for (guint i = 0; i < JOBD_COMMAND_MAX / 9 + 1; i++)
                ck_assert_int_ge(sd_bus_message_append(m, "s", ""), 0);
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        return sd_bus_message_append(m, "a{sv}", 0);
}

static int large_together(sd_bus_message *m) {
        g_autofree char *word = g_strnfill(JOBD_COMMAND_MAX / 2, 'x'),
                        *assignment = g_strconcat("A=", word, NULL);

        return sd_bus_message_append(m, "asa{sv}", 2, "true", word, 1, "Environment", "as", 1, assignment);
}

static int large_environment_bytes(sd_bus_message *m) {
        g_autofree char *word = g_strnfill(JOBD_COMMAND_MAX, '=');

        word[0] = 'A';
        ck_assert_int_ge(sd_bus_message_append(m, "as", 1, "true"), 0);
        open_option(m, "EnvironmentBytes", "aay");
        ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "ay"), 0);
        ck_assert_int_ge(sd_bus_message_append_array(m, 'y', word, JOBD_COMMAND_MAX), 0);
        ck_assert_int_ge(sd_bus_message_close_container(m), 0);
        return close_option(m);
}

static const struct {
        int (*append)(sd_bus_message *m);
        const char *error, *text;
} refused[] = {
        { no_command, "InvalidArgument", "command is empty" },
        { empty_program, "InvalidArgument", "command is empty" },
        { no_bytes, "InvalidArgument", "command is empty" },
        { command_and_bytes, "InvalidArgument", "CommandBytes" },
        { nul_in_command, "InvalidArgument", "CommandBytes" },
        { command_bytes_as_strings, "InvalidArgument", "CommandBytes" },
        { unknown_option, "UnknownOption", "Shell" },
        { misspelt_option, "UnknownOption", "name" },
        { name_twice, "InvalidArgument", "Name" },
        { name_of_wrong_type, "InvalidArgument", "Name" },
        { name_of_bytes, "InvalidArgument", "Name" },
        { name_with_escape, "InvalidArgument", "Name" },
        { name_with_newline, "InvalidArgument", "Name" },
        { long_name, "InvalidArgument", "255" },
        { environment_without_equals, "InvalidArgument", "Environment" },
        { environment_without_name, "InvalidArgument", "Environment" },
        { environment_bytes_without_equals, "InvalidArgument", "EnvironmentBytes" },
        { environment_bytes_with_nul, "InvalidArgument", "EnvironmentBytes" },
        { relative_directory, "InvalidArgument", "WorkingDirectory" },
        { empty_directory, "InvalidArgument", "WorkingDirectory" },
        { directory_with_nul, "InvalidArgument", "WorkingDirectory" },
        { directory_as_words, "InvalidArgument", "its type is ay, not as" },
        { long_directory, "InvalidArgument", "4095" },
        { umask_too_large, "InvalidArgument", "01000" },
        { nice_too_large, "InvalidArgument", "20" },
        { nice_too_small, "InvalidArgument", "-21" },
        { negative_umask, "InvalidArgument", "Option Umask: -1 is less than 0" },
        { umask_of_64_bits, "InvalidArgument", "Option Umask: 4294967314 is more than 4294967295" },
        { nice_of_64_bits, "InvalidArgument", "Option Nice: -4294967296 is less than -2147483648" },
        { negative_time, "InvalidArgument", "Option RuntimeMaxUSec: -5 is less than 0" },
        { umask_as_double, "InvalidArgument", "Option Umask: its type is u, not d" },
        { umask_as_text, "InvalidArgument", "Option Umask: its type is u, not s" },
        { name_as_bytes, "InvalidArgument", "Option Name: its type is s, not ay" },
        { successes_of_64_bits, "InvalidArgument", "SuccessExitStatus: 4294967296 is more than" },
        { success_without_list, "InvalidArgument", "SuccessExitStatus: its type is ai, not i" },
        { no_time_to_run, "InvalidArgument", "RuntimeMaxUSec" },
        { no_output_limit, "InvalidArgument", "Option OutputLimit: 0 is less than 4096" },
        { output_limit_too_small, "InvalidArgument", "Option OutputLimit: 4095 is less than 4096" },
        { success_too_large, "InvalidArgument", "256" },
        { success_negative, "InvalidArgument", "-1" },
        { many_successes, "InvalidArgument", "256" },
        { output_full_unknown, "InvalidArgument", "wait" },
        { cut_in_mid_character, "InvalidArgument", "OutputFull" },
        { directory_of_bytes, "InvalidArgument", "WorkingDirectory" },
        { environment_of_bytes, "InvalidArgument", "EnvironmentBytes" },
        { large_command, "LimitExceeded", "2097152" },
        { many_words, "LimitExceeded", "2097152" },
        { large_together, "LimitExceeded", "2097152" },
        { large_environment_bytes, "LimitExceeded", "2097152" },
};

START_TEST(refuses) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        sd_bus_message *m = call_new(client, MANAGER, "StartJob");
        g_autoptr(sd_bus_message) reply = NULL;

        ck_assert_int_ge(refused[_i].append(m), 0);
        reply = call_message(client, m);
        assert_error(reply, refused[_i].error, refused[_i].text);
        /* and nothing has happened */
        client_settle(client);
        ck_assert_uint_eq(fake.n_accepted, 0);
        ck_assert_uint_eq(client_n_events(client, "JobNew"), 0);
}
END_TEST

START_TEST(wrong_signature) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "StartJob", "s", "true");

        assert_error(reply, SD_BUS_ERROR_INVALID_ARGS, "");
}
END_TEST

START_TEST(takes_all_options) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(
                        client, MANAGER, "StartJob", "asa{sv}", 2, "echo", "hi", 11, "Name", "s", "greeting",
                        "Environment", "as", 2, "A=1", "B=", "WorkingDirectory", "ay", 4, '/', 't', 'm', 'p',
                        "Umask", "u", 0077, "RuntimeMaxUSec", "t", UINT64_C(5), "StopTimeoutUSec", "t",
                        UINT64_C(6), "SuccessExitStatus", "ai", 2, 3, 255, "Nice", "i", -20, "OutputLimit",
                        "t", UINT64_C(4096), "OutputFull", "s", "block", "EnvironmentBytes", "aay", 1, 3,
                        'C', '=', 0xff);
        const char *path;
        const JobRequest *r;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
        ck_assert_str_eq(path, "/org/jobd1/job/1");
        r = job_table_find(fake.jobs, job_id(1))->request;
        ck_assert_str_eq(r->name, "greeting");
        ck_assert_str_eq(r->argv[0], "echo");
        ck_assert_str_eq(r->argv[1], "hi");
        ck_assert_ptr_null(r->argv[2]);
        ck_assert_str_eq(r->environment[0], "C=\377"); /* the whole environment … */
        ck_assert_str_eq(r->environment[1], "A=1");    /* … and what is laid over it */
        ck_assert_str_eq(r->environment[2], "B=");
        ck_assert_ptr_null(r->environment[3]);
        ck_assert(!r->login_environment);
        ck_assert_str_eq(r->directory, "/tmp");
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_UMASK), 0077);
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_RUNTIME_MAX), 5);
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_STOP_TIMEOUT), 6);
        ck_assert(job_values_lists(r->values, JOB_OPTION_SUCCESS_EXIT_STATUS, 3));
        ck_assert(job_values_lists(r->values, JOB_OPTION_SUCCESS_EXIT_STATUS, 255));
        ck_assert(!job_values_lists(r->values, JOB_OPTION_SUCCESS_EXIT_STATUS, 4));
        ck_assert_int_eq(job_values_integer(r->values, JOB_OPTION_NICE), -20);
        ck_assert_uint_eq(job_request_output_limit(r).bytes, 4096);
        ck_assert(job_request_output_limit(r).block);
        ck_assert_int_eq(r->standard_input, -1);
        ck_assert_uint_eq(fake.n_launched, 1);
}
END_TEST

/* As a binding makes them that guesses the types. */
START_TEST(takes_other_types) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 7,
                                                    "WorkingDirectory", "s", "/tmp", "Umask", "i", 0077,
                                                    "RuntimeMaxUSec", "y", 5, "StopTimeoutUSec", "n", 6,
                                                    "SuccessExitStatus", "ax", 2, INT64_C(3), INT64_C(255),
                                                    "Nice", "x", INT64_C(-20), "MemoryMax", "q", 4096);
        g_autoptr(sd_bus_message) list = NULL;
        const JobRequest *r;

        assert_ok(reply);
        r = job_table_find(fake.jobs, job_id(1))->request;
        ck_assert_str_eq(r->directory, "/tmp");
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_UMASK), 0077);
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_RUNTIME_MAX), 5);
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_STOP_TIMEOUT), 6);
        ck_assert(job_values_lists(r->values, JOB_OPTION_SUCCESS_EXIT_STATUS, 3));
        ck_assert(job_values_lists(r->values, JOB_OPTION_SUCCESS_EXIT_STATUS, 255));
        ck_assert(!job_values_lists(r->values, JOB_OPTION_SUCCESS_EXIT_STATUS, 4));
        ck_assert_int_eq(job_values_integer(r->values, JOB_OPTION_NICE), -20);
        ck_assert_uint_eq(g_variant_get_uint64(r->values[JOB_OPTION_MEMORY_MAX]), 4096);
        /* and so in every method */
        list = call_sync(client, MANAGER, "ListJobs", "a{sv}", 2, "Limit", "i", 1, "After", "i", 0);
        assert_ok(list);
}
END_TEST

START_TEST(defaults) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 1,
                                                    "Name", "s", "");
        const JobRequest *r;

        assert_ok(reply);
        r = job_table_find(fake.jobs, job_id(1))->request;
        ck_assert_ptr_null(r->name); /* an empty name is none */
        ck_assert(r->login_environment);
        ck_assert_str_eq(r->directory, "~");
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_UMASK), 0022);
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_RUNTIME_MAX), UINT64_MAX);
        ck_assert_uint_eq(job_values_number(r->values, JOB_OPTION_STOP_TIMEOUT), 10000000);
}
END_TEST

START_TEST(largest_command) {
        g_autofree char *word = g_strnfill(JOBD_COMMAND_MAX - 13 - 9, 'x');
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message)
                        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 2, "true", word, 0);

        assert_ok(reply);
}
END_TEST

START_TEST(longest_program) {
        g_autofree char *name = g_strnfill(JOBD_PATH_MAX, 'x');
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) longer = NULL, longest = NULL;

        longer = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, name, 0);
        assert_error(longer, "LimitExceeded", "4095 bytes");
        name[JOBD_PATH_MAX - 1] = '\0';
        longest = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, name, 0);
        assert_ok(longest);
}
END_TEST

START_TEST(words_of_any_bytes) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 0, 1,
                                                    "CommandBytes", "aay", 3, 2, 's', 'h', 0, 2, 0xff, '\n');
        char **argv;

        assert_ok(reply);
        argv = job_table_find(fake.jobs, job_id(1))->request->argv;
        ck_assert_str_eq(argv[0], "sh");
        ck_assert_str_eq(argv[1], "");
        ck_assert_str_eq(argv[2], "\377\n");
        ck_assert_ptr_null(argv[3]);
}
END_TEST

/* What only root may have, and what everybody may. */
OPTIONS(nice_below_zero, 1, "Nice", "i", -1)
OPTIONS(long_stop, 1, "StopTimeoutUSec", "t", UINT64_C(300000001))
OPTIONS(endless_stop, 1, "StopTimeoutUSec", "t", UINT64_MAX)
OPTIONS(nice_zero, 1, "Nice", "i", 0)
OPTIONS(nice_lowest, 1, "Nice", "i", 19)
OPTIONS(longest_stop, 1, "StopTimeoutUSec", "t", UINT64_C(300000000))

static const struct {
        int (*append)(sd_bus_message *m);
        bool root_only;
} rights[] = {
        { nice_below_zero, true }, { long_stop, true },    { endless_stop, true },
        { nice_zero, false },      { nice_lowest, false }, { longest_stop, false },
};

START_TEST(users_rights) {
        if (!have_users())
                return;
        polkit_setup();
        for (uid_t uid = 0; uid <= USER; uid++) {
                g_autoptr(Client) client = client_new(fake.name, uid, false);
                sd_bus_message *m = call_new(client, MANAGER, "StartJob");
                g_autoptr(sd_bus_message) reply = NULL;

                ck_assert_int_ge(rights[_i].append(m), 0);
                reply = call_message(client, m);
                if (rights[_i].root_only && uid != 0) {
                        assert_error(reply, "AccessDenied", "root");
                        ck_assert_uint_eq(fake.n_accepted, 1); /* root's alone */
                } else {
                        assert_ok(reply);
                        ck_assert_uint_eq(fake.accepted_for, uid);
                }
        }
        polkit_teardown();
}
END_TEST

START_TEST(refused_by_the_daemon) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(sd_bus_message) reply = NULL;

        fake.accept_error = -ENOSPC;
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_error(reply, "NoSpace", "");
        client_settle(client);
        ck_assert_uint_eq(fake.n_launched, 0);
        ck_assert_uint_eq(client_n_events(client, "JobNew"), 0);
        ck_assert_uint_eq(fake.n_refused, 0);
}
END_TEST

START_TEST(refused_for_a_limit) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;

        fake.accept_error = -JOBD_E_LIMIT_EXCEEDED;
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_error(reply, "LimitExceeded", "");
        ck_assert_uint_eq(fake.n_refused, 1);
        ck_assert_uint_eq(fake.refused_to, getuid());
        ck_assert_uint_eq(fake.refused_job, 0);
        ck_assert_str_eq(fake.refused_member, "StartJob");
}
END_TEST

/* The answer comes before every signal of the job. */
START_TEST(order) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(sd_bus_message) reply = NULL;

        fake.launch_runs = true;
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "true", 0);
        assert_ok(reply);
        loop_until(client_n_events(client, "StateChanged Running NotStarted") > 0);
        ck_assert_int_eq(client_event_place(client, "reply StartJob"), 0);
        ck_assert_int_ge(client_event_place(client, "JobNew 1 /org/jobd1/job/1"), 1);
}
END_TEST

/* Descriptors for standard input. */
static int open_pty(void) {
        return posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int open_pts(void) {
        static char name[64];
        int master = open_pty(); /* stays open: without it the other end is dead */

        ck_assert_int_ge(master, 0);
        ck_assert_int_eq(grantpt(master), 0);
        ck_assert_int_eq(unlockpt(master), 0);
        ck_assert_int_eq(ptsname_r(master, name, sizeof(name)), 0);
        return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int open_write_only(void) {
        g_autofree char *path = g_build_filename(fake.dir, "file", NULL);

        return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int open_directory(void) {
        return open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_path_only(void) {
        return open("/etc/passwd", O_PATH | O_CLOEXEC);
}

static int open_write_end(void) {
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        return fds[1];
}

static int open_read_end(void) {
        int fds[2];

        ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
        return fds[0];
}

static int open_socket(void) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        return fds[0];
}

static int open_file(void) {
        return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int open_null(void) {
        return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static const struct {
        int (*open)(void);
        const char *refusal; /* NULL: taken */
} inputs[] = {
        { open_pty, "terminal" },
        { open_pts, "terminal" },
        { open_write_only, "readable" },
        { open_directory, "directory" },
        { open_path_only, "readable" },
        { open_write_end, "readable" },
        { open_read_end, NULL },
        { open_socket, NULL },
        { open_file, NULL },
        { open_null, NULL },
};

START_TEST(standard_input) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(Fd) fd = inputs[_i].open();
        struct stat sent, kept;
        const JobRequest *r;

        ck_assert_int_ge(fd, 0);
        reply = call_sync(client, MANAGER, "StartJob", "asa{sv}", 1, "cat", 1, "StandardInput", "h", fd);
        if (inputs[_i].refusal) {
                assert_error(reply, "InvalidArgument", "StandardInput");
                assert_error(reply, "InvalidArgument", inputs[_i].refusal);
                return;
        }
        assert_ok(reply);
        r = job_table_find(fake.jobs, job_id(1))->request;
        ck_assert(r->had_input);
        ck_assert_int_eq(fstat(fd, &sent), 0);
        ck_assert_int_eq(fstat(r->standard_input, &kept), 0);
        ck_assert_uint_eq(sent.st_ino, kept.st_ino);
        ck_assert_uint_eq(sent.st_dev, kept.st_dev);
        ck_assert_int_eq(fcntl(r->standard_input, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-start");
        TCase *tcase = tcase_create("bus-start");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_loop_test(tcase, refuses, 0, G_N_ELEMENTS(refused));
        tcase_add_test(tcase, wrong_signature);
        tcase_add_test(tcase, takes_all_options);
        tcase_add_test(tcase, takes_other_types);
        tcase_add_test(tcase, defaults);
        tcase_add_test(tcase, largest_command);
        tcase_add_test(tcase, longest_program);
        tcase_add_test(tcase, words_of_any_bytes);
        tcase_add_loop_test(tcase, users_rights, 0, G_N_ELEMENTS(rights));
        tcase_add_test(tcase, refused_by_the_daemon);
        tcase_add_test(tcase, refused_for_a_limit);
        tcase_add_test(tcase, order);
        tcase_add_loop_test(tcase, standard_input, 0, G_N_ELEMENTS(inputs));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
