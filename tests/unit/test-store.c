/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "store/store.h"
#include "temporary.h"

#define UUID "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define BOOT "0123456789abcdef0123456789abcdef"

static Store store;
static JobTable *table;

static void on_changed(Job *job, JobChange what, JobState previous, void *userdata) {
}

static uint32_t known;
static guint n_asked;

static int known_ids(uint32_t *ret, void *userdata) {
        n_asked++;
        *ret = known;
        return 0;
}

static const char *boot = BOOT;
static char *copies_path; /* NULL: none are kept */

/* A new jobd. */
static void load(void) {
        ck_assert_int_eq(store_open(&store, temporary_path), 0);
        if (copies_path)
                ck_assert_int_eq(store_keep_copies(&store, copies_path, boot), 0);
        table = job_table_new(&(JobObserver){ .changed = on_changed });
        ck_assert_int_eq(store_load(&store, table, BOOT, known_ids, NULL), 0);
}

static void forget(void) {
        g_clear_pointer(&table, job_table_free);
        store_close(&store);
}

static void setup(void) {
        temporary_make();
        load();
}

static void teardown(void) {
        forget();
        temporary_remove();
}

static Job *save_job(uint32_t id) {
        static const char *const argv[] = { "true", NULL }, *const environment[] = { "SECRET=swordfish",
                                                                                     NULL };
        JobRequest *request = job_request_new();
        Job *job;

        request->argv = g_strdupv((char **) argv);
        request->environment = g_strdupv((char **) environment);
        request->directory = g_strdup("/");
        job = job_new(job_id(id), UUID, 1000, 1000, request);
        job_table_add(table, job);
        ck_assert_int_eq(store_save(&store, job), 0);
        return job;
}

START_TEST(one_at_a_time) {
        Store other;

        ck_assert_int_eq(store_open(&other, temporary_path), -EBUSY);
        store_close(&other);
        ck_assert_int_eq(store_open(&other, temporary_path), -EBUSY); /* that was no unlocking */
        store_close(&other);
        forget();
        ck_assert_int_eq(store_open(&other, temporary_path), 0);
        store_close(&other);
        load();
}
END_TEST

START_TEST(jobs_come_back) {
        (void) save_job(3);
        (void) save_job(1);
        (void) save_job(2);
        forget();
        load();
        ck_assert_uint_eq(table->jobs->len, 3);
        for (uint32_t id = 1; id <= 3; id++) {
                ck_assert_uint_eq(job_table_at(table, id - 1)->id.number, id);
                ck_assert_str_eq(job_table_find(table, job_id(id))->uuid, UUID);
                ck_assert_ptr_nonnull(job_table_find(table, job_id(id))->request);
        }
}
END_TEST

START_TEST(private_files) {
        struct stat st;

        (void) save_job(1);
        ck_assert_int_eq(fstatat(temporary_fd, "1", &st, 0), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0700);
        ck_assert_int_eq(fstatat(temporary_fd, "1/job", &st, 0), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0600);
        ck_assert_int_eq(store_save_spec(&store, job_id(1), "x", 1), 0);
        ck_assert_int_eq(fstatat(temporary_fd, "1/spec", &st, 0), 0);
        ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(finished_jobs_are_small) {
        Outcome outcome = { JOB_FAILED, JOB_RESULT_LOST, (char *) "lost", -1, 0, 0 };
        Job *job = save_job(1);
        g_autoptr(JobRequest) request = NULL;

        job->state = JOB_RUNNING;
        ck_assert_int_eq(job_settle(job, &outcome, 5), 0);
        job_finish(job);
        ck_assert_ptr_null(job->request);
        ck_assert_int_eq(store_save(&store, job), 0); /* the request is that of the old record */
        forget();
        load();
        job = job_table_find(table, job_id(1));
        ck_assert_str_eq(job_state_to_string(job->state), "Failed");
        ck_assert_str_eq(job->reason, "lost");
        ck_assert_ptr_null(job->request);
        ck_assert_int_eq(store_load_request(&store, job_id(1), &request), 0);
        ck_assert_str_eq(request->argv[0], "true");
}
END_TEST

/* What cannot be read costs that job, and no other. */
static const struct {
        const char *text;
        bool set_aside;
} broken[] = {
        { "", true },
        { "garbage", true },
        { "[Job]\nVersion=1\n", true },
        { "[Job]\nVersion=2\n", false }, /* of a newer jobd, which may come back */
};

START_TEST(broken_record) {
        g_autofree char *left = NULL;

        (void) save_job(1);
        temporary_write("2/job", broken[_i].text, -1);
        temporary_write("2/output.0", "bytes", -1);
        (void) save_job(3);
        for (int i = 0; i < 2; i++) { /* and again at the start after */
                forget();
                load();
                ck_assert_uint_eq(table->jobs->len, 2);
                ck_assert_ptr_null(job_table_find(table, job_id(2)));
                ck_assert(temporary_exists("2/output.0"));
                left = temporary_read(broken[_i].set_aside ? "2/job.broken" : "2/job", NULL);
                ck_assert_ptr_nonnull(left);
                ck_assert_str_eq(left, broken[_i].text);
                g_clear_pointer(&left, g_free);
        }
}
END_TEST

START_TEST(record_of_another_job) {
        g_autofree char *text = NULL;

        (void) save_job(1);
        text = temporary_read("1/job", NULL);
        temporary_write("2/job", text, -1);
        forget();
        load();
        ck_assert_uint_eq(table->jobs->len, 1);
        ck_assert(temporary_exists("2/job.broken"));
}
END_TEST

/* Killed between the directory and the record, or in the middle of a removal. */
START_TEST(half_made_directories) {
        ck_assert_int_eq(mkdirat(temporary_fd, "5", 0700), 0);
        temporary_write("6/job.new", "[Job]\n", -1);
        temporary_write("7/output.0", "bytes", -1);
        forget();
        load();
        ck_assert_uint_eq(table->jobs->len, 0);
        ck_assert(!temporary_exists("5"));
        ck_assert(!temporary_exists("6"));
        ck_assert(!temporary_exists("7"));
}
END_TEST

START_TEST(strangers) {
        temporary_write("notes.txt", "keep", -1);
        temporary_write("8", "a file, not a directory", -1);
        temporary_write("elsewhere/job", "keep", -1);
        temporary_write("007/job", "keep", -1);
        ck_assert_int_eq(symlinkat("elsewhere", temporary_fd, "9"), 0);
        forget();
        load();
        ck_assert_uint_eq(table->jobs->len, 0);
        ck_assert(temporary_exists("notes.txt"));
        ck_assert(temporary_exists("elsewhere/job"));
        ck_assert(temporary_exists("007/job"));
        ck_assert(!temporary_exists("elsewhere/job.broken"));
}
END_TEST

START_TEST(ids_go_on) {
        uint32_t id = 0;

        ck_assert_int_eq(id_counter_take(&store.ids, &id), 0);
        ck_assert_uint_eq(id, 1);
        (void) save_job(40);
        temporary_write("90/job", "garbage", -1);
        forget();
        ck_assert_int_eq(unlinkat(temporary_fd, "next-id", 0), 0); /* lost */
        load();
        ck_assert_int_eq(id_counter_take(&store.ids, &id), 0);
        ck_assert_uint_eq(id, 91); /* a broken job's id is used, too */

        /* others are asked only where there is no counter */
        ck_assert_uint_eq(n_asked, 2);
        known = 4000;
        forget();
        load();
        ck_assert_uint_eq(n_asked, 2);
        ck_assert_int_eq(id_counter_take(&store.ids, &id), 0);
        ck_assert_uint_eq(id, 92);
        forget();
        ck_assert_int_eq(unlinkat(temporary_fd, "next-id", 0), 0);
        load();
        ck_assert_int_eq(id_counter_take(&store.ids, &id), 0);
        ck_assert_uint_eq(id, 4001);
}
END_TEST

/* A write that fails, wherever, leaves the old record. */
START_TEST(failed_save) {
        struct rlimit limit = { (rlim_t) _i, RLIM_INFINITY }, all = { RLIM_INFINITY, RLIM_INFINITY };
        Job *job = save_job(1);
        g_autofree char *before = temporary_read("1/job", NULL), *after = NULL;
        int r;

        (void) signal(SIGXFSZ, SIG_IGN);
        job->state = JOB_RUNNING;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        r = store_save(&store, job);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
        ck_assert_int_eq(r, -EFBIG);
        after = temporary_read("1/job", NULL);
        ck_assert_str_eq(after, before);
        ck_assert(!temporary_exists("1/job.new"));
        ck_assert_int_eq(store_save(&store, job), 0);
}
END_TEST

static bool has_copy(void) {
        g_autofree char *path = g_build_filename(copies_path, "1", NULL);

        return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A stop that was asked for and cannot be saved, unless `disk` works. */
static void stop(Job *job, uint64_t when, bool disk) {
        if (!disk)
                ck_assert_int_eq(mkdirat(temporary_fd, "1/job.new", 0700), 0);
        job->stop_requested = when;
        job->stopped_by = 1001;
        job->revision++;
        ck_assert_int_eq(store_save(&store, job), disk ? 0 : -EISDIR);
        if (disk)
                return;
        ck_assert_int_eq(store_copy(&store, job), 0);
        ck_assert_int_eq(unlinkat(temporary_fd, "1/job.new", AT_REMOVEDIR), 0);
}

/* What another jobd knows of it. */
static void ck_stopped(uint64_t when, bool copied) {
        const Job *job;

        forget();
        load();
        job = job_table_find(table, job_id(1));
        ck_assert_ptr_nonnull(job);
        ck_assert_uint_eq(job->stop_requested, when);
        if (when > 0)
                ck_assert_uint_eq(job->stopped_by, 1001);
        ck_assert_str_eq(job->request->directory, "/");
        ck_assert_int_eq(has_copy(), copied);
        ck_assert_int_eq(job_map_has(store.copies.ids, job_id(1)), copied);
}

START_TEST(copies) {
        g_autofree char *file = NULL, *old = NULL;
        uint32_t id;
        Job *job;
        gsize size;

        ck_assert_int_eq(id_counter_take(&store.ids, &id), 0);
        forget();
        copies_path = g_dir_make_tmp("jobd-test-XXXXXX", NULL);
        file = g_build_filename(copies_path, "1", NULL);
        load();
        job = save_job(1);
        stop(job, 5, false);
        ck_stopped(5, true);
        ck_stopped(5, true); /* until it is saved */
        ck_assert(g_file_get_contents(file, &old, &size, NULL));
        job = job_table_find(table, job_id(1));
        ck_assert_int_eq(store_save(&store, job), 0);
        ck_assert(!has_copy());
        stop(job, 6, true);
        ck_assert(g_file_set_contents(file, old, (gssize) size, NULL)); /* killed before it was dropped */
        ck_stopped(6, false);

        stop(job_table_find(table, job_id(1)), 7, false);
        boot = "fedcba9876543210fedcba9876543210"; /* the machine was booted */
        ck_stopped(6, false);
        boot = BOOT;
        ck_stopped(6, false);

        stop(job_table_find(table, job_id(1)), 8, false);
        g_clear_pointer(&old, g_free);
        ck_assert(g_file_get_contents(file, &old, &size, NULL));
        for (gsize n = 0; n < size; n++) {
                ck_assert(g_file_set_contents(file, old, (gssize) n, NULL));
                ck_stopped(n + 1 < size ? 6 : 8, n + 1 == size); /* the last newline is none of it */
        }
        ck_assert(g_file_set_contents(file, old, (gssize) size, NULL));
        ck_stopped(8, true);
        ck_assert_int_eq(store_remove(&store, job_id(1)), 0);
        ck_assert(!has_copy());
        ck_assert(g_file_set_contents(file, old, (gssize) size, NULL)); /* of nobody */
        forget();
        load();
        ck_assert(!has_copy());
        (void) remove(copies_path);
        g_clear_pointer(&copies_path, g_free);
}
END_TEST

/* They do not fill /run. */
START_TEST(copies_have_a_bound) {
        g_autofree char *path = g_dir_make_tmp("jobd-test-XXXXXX", NULL), *text = g_strnfill(200000, 'x');
        Copies all = COPIES_NONE;
        uint32_t n = 1;

        ck_assert_int_eq(copies_open(&all, path), 0);
        while (copies_write(&all, job_id(n), text, 200000) == 0)
                n++;
        ck_assert_uint_eq(n - 1, COPIES_SIZE_MAX / 200704);
        ck_assert_int_eq(copies_write(&all, job_id(1), text, 200000), 0); /* in place of the one there is */
        ck_assert_int_eq(copies_write(&all, job_id(n), text, 200000), -ENOSPC);
        copies_drop(&all, job_id(2));
        ck_assert_int_eq(copies_write(&all, job_id(n), text, 200000), 0);
        for (uint32_t i = 1; i <= n; i++)
                copies_drop(&all, job_id(i));
        ck_assert_uint_eq(all.size, 0);
        copies_close(&all);
        ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* What a killed jobd was writing is in nobody's way. */
START_TEST(leftover_of_a_save) {
        g_autofree char *before = NULL, *after = NULL, *garbage = g_strnfill(100000, 'x');
        Job *job = save_job(1);

        before = temporary_read("1/job", NULL);
        temporary_write("1/job.new", garbage, -1);
        ck_assert_int_eq(store_save(&store, job), 0);
        after = temporary_read("1/job", NULL);
        ck_assert_str_eq(after, before);
}
END_TEST

START_TEST(spec) {
        static const char blob[] = "\0binary\377";
        g_autoptr(GBytes) back = NULL, none = NULL;

        (void) save_job(1);
        ck_assert_int_eq(store_load_spec(&store, job_id(1), &none), -ENOENT);
        ck_assert_int_eq(store_save_spec(&store, job_id(1), blob, sizeof(blob)), 0);
        ck_assert_int_eq(store_load_spec(&store, job_id(1), &back), 0);
        ck_assert_uint_eq(g_bytes_get_size(back), sizeof(blob));
        ck_assert(memcmp(g_bytes_get_data(back, NULL), blob, sizeof(blob)) == 0);
        store_remove_spec(&store, job_id(1));
        ck_assert(!temporary_exists("1/spec"));
        store_remove_spec(&store, job_id(1)); /* none is none */
}
END_TEST

START_TEST(removal) {
        (void) save_job(1);
        (void) save_job(2);
        ck_assert_int_eq(store_save_spec(&store, job_id(1), "x", 1), 0);
        temporary_write("1/output.0", "bytes", -1);
        ck_assert_int_eq(store_remove(&store, job_id(1)), 0);
        ck_assert(!temporary_exists("1"));
        ck_assert(temporary_exists("2/job"));
        ck_assert_int_eq(store_remove(&store, job_id(1)), 0); /* gone is gone */
}
END_TEST

/* Job 1 with two children, each with a spec; the parent is saved last. */
static void save_family(void) {
        Job *parent = NULL;

        for (uint32_t i = 1; i <= 2; i++) {
                Job *child = save_job(100 + i); /* whose record goes where it belongs */

                child->id = (JobId){ .number = 1, .child = i };
                ck_assert_int_eq(store_save(&store, child), 0);
                ck_assert_int_eq(store_save_spec(&store, child->id, "x", 1), 0);
                ck_assert_int_eq(store_remove(&store, job_id(100 + i)), 0);
        }
        parent = save_job(1);
        job_found_family(parent, 2, 3);
        ck_assert_int_eq(store_save(&store, parent), 0);
}

START_TEST(a_family_comes_back) {
        const Job *parent;

        save_family();
        forget();
        load();
        ck_assert_uint_eq(table->jobs->len, 3);
        parent = job_table_find(table, job_id(1));
        ck_assert_uint_eq(parent->family->throttle, 3);
        ck_assert_uint_eq(parent->family->children->len, 2);
        for (guint i = 0; i < 2; i++) {
                const Job *child = g_ptr_array_index(parent->family->children, i);

                ck_assert_uint_eq(child->id.child, i + 1);
                ck_assert_ptr_eq(child->parent, parent);
        }
}
END_TEST

START_TEST(a_child_is_lost) {
        save_family();
        forget();
        temporary_write("1/1/job", "rubbish", -1);
        load();
        ck_assert_uint_eq(job_table_find(table, job_id(1))->family->children->len, 1);
        ck_assert(temporary_exists("1/1/job.broken"));
}
END_TEST

/* Killed before the parent was saved, or while it was removed: nobody knows of the children. */
START_TEST(without_its_parent) {
        save_family();
        ck_assert_int_eq(store_forget(&store, job_id(1)), 0);
        forget();
        load();
        ck_assert_uint_eq(table->jobs->len, 0);
        ck_assert(!temporary_exists("1"));
}
END_TEST

START_TEST(removal_of_a_family) {
        save_family();
        ck_assert_int_eq(store_remove(&store, job_id(1)), 0);
        ck_assert(!temporary_exists("1"));
}
END_TEST

int main(void) {
        Suite *suite = suite_create("store");
        TCase *tcase = tcase_create("store");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, copies);
        tcase_add_test(tcase, copies_have_a_bound);
        tcase_add_test(tcase, one_at_a_time);
        tcase_add_test(tcase, jobs_come_back);
        tcase_add_test(tcase, private_files);
        tcase_add_test(tcase, finished_jobs_are_small);
        tcase_add_loop_test(tcase, broken_record, 0, G_N_ELEMENTS(broken));
        tcase_add_test(tcase, record_of_another_job);
        tcase_add_test(tcase, half_made_directories);
        tcase_add_test(tcase, strangers);
        tcase_add_test(tcase, ids_go_on);
        tcase_add_loop_test(tcase, failed_save, 0, 5);
        tcase_add_test(tcase, leftover_of_a_save);
        tcase_add_test(tcase, spec);
        tcase_add_test(tcase, removal);
        tcase_add_test(tcase, a_family_comes_back);
        tcase_add_test(tcase, a_child_is_lost);
        tcase_add_test(tcase, without_its_parent);
        tcase_add_test(tcase, removal_of_a_family);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
