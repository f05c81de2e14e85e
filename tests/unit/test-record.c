/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <errno.h>
#include <string.h>

#include "base/variant.h"
#include "run.h"
#include "store/record.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define BOOT "0123456789abcdef0123456789abcdef"

static const char *const given[_JOB_OPTION_MAX] = {
        [JOB_OPTION_UMASK] = "63",
        [JOB_OPTION_RUNTIME_MAX] = "5000000",
        [JOB_OPTION_STOP_TIMEOUT] = "7000000",
        [JOB_OPTION_SUCCESS_EXIT_STATUS] = "[0, 3, 255]",
        [JOB_OPTION_NICE] = "-5",
        [JOB_OPTION_OUTPUT_LIMIT] = "12345",
        [JOB_OPTION_OUTPUT_FULL] = "'block'",
        [JOB_OPTION_KILL_SIGNAL] = "'INT'",
        [JOB_OPTION_MERGE_OUTPUT] = "true",
        [JOB_OPTION_MEMORY_HIGH] = "1",
        [JOB_OPTION_MEMORY_MAX] = "18446744073709551615",
        [JOB_OPTION_TASKS_MAX] = "5",
        [JOB_OPTION_CPU_WEIGHT] = "10000",
        [JOB_OPTION_CPU_QUOTA] = "500000",
        [JOB_OPTION_IO_WEIGHT] = "7",
        [JOB_OPTION_NO_NEW_PRIVILEGES] = "true",
        [JOB_OPTION_PRIVATE_NETWORK] = "false",
        [JOB_OPTION_PRIVATE_TMP] = "true",
        [JOB_OPTION_PROTECT_SYSTEM] = "'strict'",
        [JOB_OPTION_PROTECT_HOME] = "'read-only'",
};
static const char properties[] =
                "[('BindPaths', <[('/a b', '/\\n;=#', true, uint64 0)]>), ('LimitCORE', <uint64 0>),"
                " ('AppArmorProfile', <(false, ' gr\303\274n\t')>)]";

static JobRequest *sample_request(void) {
        static const char *const argv[] = { "sh", "-c", "exit 3", NULL }, *const environment[] = {
                "HOME=/root", "SECRET=swordfish=x", NULL
        };
        JobRequest *request = job_request_new();

        request->name = g_strdup("make all");
        request->argv = g_strdupv((char **) argv);
        request->environment = g_strdupv((char **) environment);
        request->directory = g_strdup("/home/alice");
        request->had_input = true;
        request->login_environment = true;
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                ck_assert_int_eq(variant_parse(given[i], job_options[i].type, &request->values[i]), 0);
        ck_assert_int_eq(variant_parse(properties, "a(sv)", &request->properties), 0);
        return request;
}

static Job *sample_job(JobRequest *request) {
        Job *job = job_new(job_id(7), UUID, 1000, 1001, request);

        job->created = 1700000000000001;
        g_strlcpy(job->boot_id, BOOT, sizeof(job->boot_id));
        return job;
}

static Job *again(const Job *job) {
        gsize size;
        g_autofree char *text = record_format(job, job->request, &size);
        Job *loaded = NULL;

        ck_assert_int_eq(record_parse(text, size, &loaded), 0);
        return loaded;
}

START_TEST(all_of_a_request) {
        g_autoptr(Job) job = sample_job(sample_request()), loaded = again(job);
        const JobRequest *r = loaded->request;
        static const char *const names[] = { "HOME", "SECRET", NULL };

        ck_assert_uint_eq(loaded->id.number, 7);
        ck_assert_str_eq(loaded->uuid, UUID);
        ck_assert_str_eq(loaded->name, "make all");
        ck_assert_str_eq(loaded->command, job->command);
        ck_assert_str_eq(loaded->directory, "/home/alice");
        ck_assert_uint_eq(loaded->owner, 1000);
        ck_assert_uint_eq(loaded->uid, 1001);
        ck_assert_uint_eq(loaded->created, job->created);
        ck_assert_str_eq(loaded->boot_id, BOOT);
        ck_assert(g_strv_equal((const char *const *) r->argv, (const char *const *) job->request->argv));
        ck_assert(g_strv_equal((const char *const *) r->environment, names));
        ck_assert_str_eq(r->directory, "/home/alice");
        ck_assert(r->had_input);
        ck_assert(r->login_environment);
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                ck_assert_msg(g_variant_equal(r->values[i], job->request->values[i]), "%s",
                              job_options[i].name);
        ck_assert(g_variant_equal(r->properties, job->request->properties));
}
END_TEST

/* A job without any. */
START_TEST(no_options) {
        g_autoptr(Job) job = sample_job(sample_request()), loaded = NULL;
        g_autoptr(GKeyFile) file = g_key_file_new();
        gsize size;
        g_autofree char *text = record_format(job, job->request, &size), *changed = NULL;

        ck_assert(g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, NULL));
        ck_assert(g_key_file_remove_group(file, "Options", NULL));
        ck_assert(g_key_file_remove_key(file, "Request", "Properties", NULL));
        changed = g_key_file_to_data(file, &size, NULL);
        ck_assert_int_eq(record_parse(changed, size, &loaded), 0);
        for (size_t i = 0; i < _JOB_OPTION_MAX; i++)
                ck_assert_ptr_null(loaded->request->values[i]);
        ck_assert_ptr_null(loaded->request->properties);
        g_free(text);
        text = record_format(loaded, loaded->request, &size);
        ck_assert_ptr_null(strstr(text, "Options"));
        ck_assert_ptr_null(strstr(text, "Properties"));
}
END_TEST

START_TEST(all_of_an_end) {
        static const OutputDamage damage[] = { { 1, 2, 3 }, { 4, UINT64_MAX, 5 } };
        g_autoptr(Job) job = sample_job(sample_request()), loaded = NULL;

        job->state = JOB_STOPPED;
        job->result = JOB_RESULT_STOPPED;
        job->reason = g_strdup("stopped by alice");
        job->exit_code = 143;
        job->exit_signal = 15;
        job->exec_errno = 13;
        job->begun = 1700000000000002;
        job->ended = UINT64_MAX;
        job->cpu_usage_nsec = 1;
        job->memory_peak = UINT64_MAX - 1;
        job->status_message = g_strdup("half;done=\\n\n\tgr\303\274n ");
        job->output = (OutputState){
                .begin = 1,
                .end = 2,
                .next = { 3, 4 },
                .unread = 5,
                .lost = 6,
                .damaged = 8,
                .damage_told = 8, /* what is saved has been told */
                .dropped = UINT64_MAX,
                .start = 7,
                .damage = g_array_new(FALSE, FALSE, sizeof(OutputDamage)),
        };
        g_array_append_vals(job->output.damage, damage, G_N_ELEMENTS(damage));
        job->stop_requested = 1700000000000003;
        job->stopped_by = 1002;
        job->drained = true;
        job->main_pid = 4711;
        loaded = again(job);

        ck_assert_str_eq(job_state_to_string(loaded->state), "Stopped");
        ck_assert_str_eq(job_result_to_string(loaded->result), "stopped");
        ck_assert_str_eq(loaded->reason, "stopped by alice");
        ck_assert_int_eq(loaded->exit_code, 143);
        ck_assert_int_eq(loaded->exit_signal, 15);
        ck_assert_int_eq(loaded->exec_errno, 13);
        ck_assert_uint_eq(loaded->begun, 1700000000000002);
        ck_assert_uint_eq(loaded->ended, UINT64_MAX);
        ck_assert_uint_eq(loaded->cpu_usage_nsec, 1);
        ck_assert_uint_eq(loaded->memory_peak, UINT64_MAX - 1);
        ck_assert_str_eq(loaded->status_message, job->status_message);
        ck_assert_uint_eq(loaded->output.damage->len, G_N_ELEMENTS(damage));
        ck_assert_mem_eq(loaded->output.damage->data, damage, sizeof(damage));
        output_state_clear(&loaded->output);
        output_state_clear(&job->output);
        ck_assert(memcmp(&loaded->output, &job->output, sizeof(job->output)) == 0);
        ck_assert_uint_eq(loaded->stop_requested, 1700000000000003);
        ck_assert_uint_eq(loaded->stopped_by, 1002);
        ck_assert(loaded->drained);
        ck_assert_int_eq(loaded->main_pid, 4711);
}
END_TEST

/* The values are in the spec alone, until the job starts. */
START_TEST(no_environment_values) {
        g_autoptr(Job) job = sample_job(sample_request());
        g_autofree char *text = record_format(job, job->request, &(gsize){ 0 });

        ck_assert_ptr_null(strstr(text, "swordfish"));
        ck_assert_ptr_nonnull(strstr(text, "SECRET"));
}
END_TEST

/* A caller may give an empty list. */
START_TEST(no_success_exits) {
        JobRequest *request = sample_request();
        g_autoptr(Job) job = NULL;
        g_autofree char *text = NULL;

        job_values_set(request->values, JOB_OPTION_SUCCESS_EXIT_STATUS,
                       g_variant_new_array(G_VARIANT_TYPE_INT32, NULL, 0));
        job = sample_job(request);
        text = record_format(job, job->request, &(gsize){ 0 });
        ck_assert_ptr_null(strstr(text, "SuccessExitStatus"));
}
END_TEST

/* Words that a key file could trip over: as name, as first, middle and last word, and as directory. */
static const char *const words[] = {
        " ",    " lead",     "trail ",     "\ttab\t", "a;b", ";",    ";;",    "=",
        "a=b",  "\\",        "\\n",        "\\s",     "a\\", "#x",   "[Job]", "%",
        "%41",  "%3B",       "\"quoted\"", "'",       "-1",  "true", "é",     "\360\237\220\247",
        "a  b", "\302\240x", "Version=9",
};

START_TEST(awkward_words) {
        const char *word = words[_i];
        const char *const argv[] = { word, "x", word, "", word, NULL };
        JobRequest *request = sample_request();
        g_autoptr(Job) job = NULL, loaded = NULL;

        g_free(request->name);
        request->name = g_strdup(word);
        g_strfreev(request->argv);
        request->argv = g_strdupv((char **) argv);
        g_free(request->directory);
        request->directory = g_strdup_printf("/%s", word);
        job = sample_job(request);
        loaded = again(job);
        ck_assert_str_eq(loaded->name, word);
        ck_assert(g_strv_equal((const char *const *) loaded->request->argv, argv));
        ck_assert_str_eq(loaded->request->directory, request->directory);
}
END_TEST

/* argv and directory may be any bytes but NUL. */
START_TEST(all_bytes) {
        char every[256];
        const char *const argv[] = { every, "", "\377\376", "\n", "", NULL };
        JobRequest *request = sample_request();
        g_autoptr(Job) job = NULL, loaded = NULL;

        for (int i = 0; i < 255; i++)
                every[i] = (char) (i + 1);
        every[255] = '\0';
        g_strfreev(request->argv);
        request->argv = g_strdupv((char **) argv);
        g_free(request->directory);
        request->directory = g_strdup_printf("/%s", every);
        job = sample_job(request);
        loaded = again(job);
        ck_assert(g_strv_equal((const char *const *) loaded->request->argv, argv));
        ck_assert_str_eq(loaded->request->directory, request->directory);
}
END_TEST

/* The largest command there may be: as one word, and as words without a byte. */
START_TEST(largest) {
        JobRequest *request = sample_request();
        g_autoptr(Job) job = NULL, loaded = NULL;
        gsize size;
        g_autofree char *text = NULL;

        g_strfreev(request->argv);
        request->argv = g_new0(char *, 1024 * 1024 + 2);
        request->argv[0] = g_strnfill(1024U * 1024U - 1, '\377');
        for (size_t i = 1; i <= 1024 * 1024; i++)
                request->argv[i] = g_strdup("");
        job = sample_job(request);
        text = record_format(job, job->request, &size);
        ck_assert_uint_lt(size, RECORD_FILE_SIZE_MAX);
        ck_assert_int_eq(record_parse(text, size, &loaded), 0);
        ck_assert(g_strv_equal((const char *const *) loaded->request->argv,
                               (const char *const *) request->argv));
}
END_TEST

START_TEST(truncated) {
        g_autoptr(Job) job = sample_job(sample_request());
        gsize size;
        g_autofree char *text = record_format(job, job->request, &size);

        for (gsize n = 0; n < size; n++) {
                g_autofree char *part = g_memdup2(text, n);
                g_autoptr(Job) loaded = NULL;

                ck_assert_msg(record_parse(part, n, &loaded) == -EBADMSG, "%zu of %zu bytes are taken", n,
                              size);
        }
}
END_TEST

/* Damage of any kind is an error or another job, never a crash: what the sanitizers are for. */
START_TEST(damaged) {
        g_autoptr(Job) job = sample_job(sample_request());
        g_autoptr(GRand) random = g_rand_new_with_seed((guint32) _i);
        gsize size;
        g_autofree char *text = record_format(job, job->request, &size);

        for (int i = 0; i < 200; i++) {
                g_autoptr(Job) loaded = NULL;

                text[g_rand_int_range(random, 0, (gint32) size)] = (char) g_rand_int(random);
                (void) record_parse(text, size, &loaded);
        }
}
END_TEST

/* One line of a good record is replaced. */
static const struct {
        const char *group, *key, *value;
        int r;
} hostile[] = {
        { "Job", "Version", "2", -EPROTONOSUPPORT },
        { "Job", "Version", "2147483647", -EPROTONOSUPPORT },
        { "Output", "Damaged", "-1", -EBADMSG },
        { "Output", "Damage", "1", -EBADMSG },
        { "Job", "Version", "0", -EBADMSG },
        { "Job", "Version", "-1", -EBADMSG },
        { "Job", "Version", "x", -EBADMSG },
        { "Job", "Id", "0", -EBADMSG },
        { "Job", "Id", "4294967296", -EBADMSG },
        { "Job", "Id", "-1", -EBADMSG },
        { "Job", "Id", "7x", -EBADMSG },
        { "Job", "Uuid", "x", -EBADMSG },
        { "Job", "Uuid", "../../etc", -EBADMSG },
        { "Job", "State", "Sleeping", -EBADMSG },
        { "Job", "Result", "good", -EBADMSG },
        { "Job", "Owner", "4294967296", -EBADMSG }, /* 0, root, when cut to 32 bits */
        { "Job", "Owner", "4294967295", -EBADMSG }, /* no user */
        { "Job", "Uid", "4294967296", -EBADMSG },
        { "Job", "Uid", "-1", -EBADMSG },
        { "Job", "Uid", "root", -EBADMSG },
        { "Job", "Created", "99999999999999999999", -EBADMSG },
        { "Job", "StopRequested", "x", -EBADMSG },
        { "Request", "Argv", "", -EBADMSG },
        { "Request", "Argv", "rm;%zz;", -EBADMSG }, /* not another command */
        { "Request", "Argv", "rm;-i", -EBADMSG },
        { "Request", "Argv", "rm;%00;", -EBADMSG },
        { "Request", "Directory", "%zz", -EBADMSG },
        { "Options", "OutputFull", "burst", -EBADMSG },
        { "Options", "RuntimeMaxUSec", "soon", -EBADMSG },
        { "Output", "Begin", "x", -EBADMSG },
        { "Options", "MemoryMax", "uint64 0", -EBADMSG },
        { "Options", "MemoryMax", "'1'", -EBADMSG },
        { "Options", "MemoryMax", "", -EBADMSG },
        { "Options", "ProtectHome", "'maybe'", -EBADMSG },
        { "Options", "ProtectHome", "yes", -EBADMSG },
        { "Options", "BoxOfANewerJobd", "true", -EPROTONOSUPPORT }, /* not without its box */
        { "Request", "Properties", "[('ExecStart', <'rm'>)]", -EBADMSG },
        { "Request", "Properties", "[('LimitCORE', 'x')]", -EBADMSG },
        { "Request", "Properties", "[('LimitCORE', <handle 1>", -EBADMSG },
        { "Request", "Properties", "", -EBADMSG },
        { "Job", "OfANewerJobd", "whatever", 0 },
        { "OfANewerJobd", "Key", "whatever", 0 },
};

START_TEST(hostile_values) {
        g_autoptr(Job) job = sample_job(sample_request()), loaded = NULL;
        g_autoptr(GKeyFile) file = g_key_file_new();
        gsize size;
        g_autofree char *text = record_format(job, job->request, &size), *changed = NULL;
        int r;

        ck_assert(g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, NULL));
        g_key_file_set_value(file, hostile[_i].group, hostile[_i].key, hostile[_i].value);
        changed = g_key_file_to_data(file, &size, NULL);
        r = record_parse(changed, size, &loaded);
        ck_assert_msg(r == hostile[_i].r, "%s=%s: %i", hostile[_i].key, hostile[_i].value, r);
}
END_TEST

static const char *const needed[][2] = {
        { "Job", "Version" }, { "Job", "Id" },       { "Job", "Uuid" },
        { "Job", "Owner" },   { "Job", "Uid" },      { "Job", "State" },
        { "Job", "Result" },  { "Request", "Argv" }, { "Request", "Directory" },
};

START_TEST(missing_keys) {
        g_autoptr(Job) job = sample_job(sample_request()), loaded = NULL;
        g_autoptr(GKeyFile) file = g_key_file_new();
        gsize size;
        g_autofree char *text = record_format(job, job->request, &size), *changed = NULL;

        ck_assert(g_key_file_load_from_data(file, text, size, G_KEY_FILE_NONE, NULL));
        ck_assert(g_key_file_remove_key(file, needed[_i][0], needed[_i][1], NULL));
        changed = g_key_file_to_data(file, &size, NULL);
        ck_assert_int_eq(record_parse(changed, size, &loaded), -EBADMSG);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("record");
        TCase *tcase = tcase_create("record");

        tcase_add_test(tcase, all_of_a_request);
        tcase_add_test(tcase, no_options);
        tcase_add_test(tcase, all_of_an_end);
        tcase_add_test(tcase, no_environment_values);
        tcase_add_test(tcase, no_success_exits);
        tcase_add_loop_test(tcase, awkward_words, 0, G_N_ELEMENTS(words));
        tcase_add_test(tcase, all_bytes);
        tcase_add_test(tcase, largest);
        tcase_add_test(tcase, truncated);
        tcase_add_loop_test(tcase, damaged, 0, 10);
        tcase_add_loop_test(tcase, hostile_values, 0, G_N_ELEMENTS(hostile));
        tcase_add_loop_test(tcase, missing_keys, 0, G_N_ELEMENTS(needed));
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
