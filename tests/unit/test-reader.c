/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/resource.h>

#include "fake-sd-journal.h"
#include "output/reader.h"
#include "run.h"
#include "wire/record.h"

#define UUID  "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11"
#define OTHER "11111111-5fd2-4b0b-8f5a-5a9d6e7c1a11"

/* An entry of fields, each "NAME=VALUE"; NULL ends them. */
static void entry(const char *field, ...) {
        FakeEntry *e = new_entry();
        va_list ap;

        va_start(ap, field);
        for (; field; field = va_arg(ap, const char *))
                add_field(e, field, strlen(field));
        va_end(ap);
}

#define SENDER(uuid) "JOBD_RECORD=1", "JOBD_JOB=" uuid, "_PID=70", "_UID=1000"
#define OUTPUT       "MESSAGE_ID=" RECORD_MESSAGE_ID_OUTPUT
#define EXIT         "MESSAGE_ID=" RECORD_MESSAGE_ID_EXIT
#define START        "MESSAGE_ID=" RECORD_MESSAGE_ID_START

static void output(const char *offset, const char *message) {
        entry(SENDER(UUID), OUTPUT, "JOBD_STREAM=stdout", offset, "JOBD_NEWLINE=0", message, NULL);
}

static int read_first(JournalRecord *ret) {
        sd_journal *journal;
        int r;

        ck_assert_int_eq(sd_journal_open_directory(&journal, "/", 0), 0);
        journal->at = 1;
        r = journal_record_read(journal, ret);
        sd_journal_close(journal);
        return r;
}

/* ---- one record ---- */

START_TEST(output_record) {
        JournalRecord record;

        fake_init();
        entry(SENDER(UUID), OUTPUT, "JOBD_STREAM=stderr", "JOBD_OFFSET=18446744073709551000",
              "JOBD_NEWLINE=1", "MESSAGE=abc", NULL);
        ck_assert_int_eq(read_first(&record), 0);
        ck_assert_int_eq(record.kind, RECORD_OUTPUT);
        ck_assert_str_eq(record.uuid, UUID);
        ck_assert_uint_eq(record.uid, 1000);
        ck_assert_int_eq(record.pid, 70);
        ck_assert_int_eq(record.stream, 1);
        ck_assert_uint_eq(record.offset, UINT64_C(18446744073709551000));
        ck_assert_uint_eq(record.size, 3);
        ck_assert_mem_eq(record.data, "abc", 3);
        ck_assert(record.newline);
        ck_assert_uint_eq(record.time, 1001);
        fake_clear();
}
END_TEST

/* What a whole record has; each test puts another value, or none, in place of one field. */
static const char *const whole[] = {
        "JOBD_RECORD=1",      "JOBD_JOB=" UUID, "_PID=70",        "_UID=1000", OUTPUT,
        "JOBD_STREAM=stdout", "JOBD_OFFSET=0",  "JOBD_NEWLINE=0", "MESSAGE=x",
};

static const char *const wrong[] = {
        "JOBD_RECORD=2",
        "JOBD_RECORD=1 ",
        "JOBD_RECORD=",
        "JOBD_JOB=7",
        "JOBD_JOB=" UUID "0",
        "_PID=0",
        "_PID=-1",
        "_PID=4294967366",
        "_PID=70x",
        "_UID=4294967295",
        "_UID=18446744073709551616",
        "_UID=",
        "MESSAGE_ID=42cbaf9d7c3e4058b2e4ee9bee31aa5f",
        "MESSAGE_ID=",
        "JOBD_STREAM=stdin",
        "JOBD_STREAM=stdoutput",
        "JOBD_OFFSET=-1",
        "JOBD_OFFSET=01",
        "JOBD_OFFSET=0x10",
        "JOBD_OFFSET=18446744073709551615",
        "JOBD_OFFSET=99999999999999999999999999",
        "JOBD_NEWLINE=2",
        "JOBD_NEWLINE=yes",
        "MESSAGE=",
};

static void entry_with(const char *odd, const char *without) {
        FakeEntry *e = new_entry();
        size_t name = odd ? strcspn(odd, "=") : 0;

        for (size_t i = 0; i < G_N_ELEMENTS(whole); i++) {
                const char *field = whole[i];

                if (field == without)
                        continue;
                if (odd && strcspn(field, "=") == name && memcmp(odd, field, name) == 0)
                        field = odd;
                add_field(e, field, strlen(field));
        }
}

START_TEST(a_wrong_value_is_refused) {
        JournalRecord record;

        fake_init();
        entry_with(wrong[_i], NULL);
        ck_assert_int_lt(read_first(&record), 0);
        fake_clear();
}
END_TEST

START_TEST(a_missing_field_is_refused) {
        JournalRecord record;

        fake_init();
        entry_with(NULL, whole[_i]);
        ck_assert_int_lt(read_first(&record), 0);
        fake_clear();
}
END_TEST

START_TEST(a_whole_record_is_not) {
        JournalRecord record;

        fake_init();
        entry_with(NULL, NULL);
        ck_assert_int_eq(read_first(&record), 0);
        fake_clear();
}
END_TEST

/* A mebibyte with the newline, and not one byte more; NUL in the bytes, not in numbers. */
START_TEST(sizes_and_binary) {
        static const struct {
                size_t size;
                bool newline;
                bool good;
        } rows[] = {
                { RECORD_DATA_MAX, false, true },
                { RECORD_DATA_MAX - 1, true, true },
                { RECORD_DATA_MAX, true, false },
                { RECORD_DATA_MAX + 1, false, false },
                { 0, true, true },
        };
        g_autofree char *message = g_malloc0(8 + rows[_i].size);
        JournalRecord record;
        FakeEntry *e;

        memcpy(message, "MESSAGE=", 8);
        fake_init();
        e = new_entry();
        for (size_t i = 0; i < G_N_ELEMENTS(whole) - 2; i++)
                add_field(e, whole[i], strlen(whole[i]));
        add_field(e, rows[_i].newline ? "JOBD_NEWLINE=1" : "JOBD_NEWLINE=0", 14);
        add_field(e, message, 8 + rows[_i].size);
        ck_assert_int_eq(read_first(&record), rows[_i].good ? 0 : -EBADMSG);
        if (rows[_i].good)
                ck_assert_uint_eq(record.size, rows[_i].size);
        fake_clear();

        fake_init();
        e = new_entry();
        add_field(e, "JOBD_RECORD=1\0", 14);
        ck_assert_int_eq(read_first(&record), -EBADMSG);
        fake_clear();
}
END_TEST

START_TEST(exit_records) {
        JournalRecord record;

        fake_init();
        switch (_i) {
        case 0:
                entry(SENDER(UUID), EXIT, "JOBD_WAIT_STATUS=768", "JOBD_STDOUT_BYTES=5",
                      "JOBD_STDERR_BYTES=6", "JOBD_MEMORY_PEAK=4096", "JOBD_CPU_USEC=77", NULL);
                ck_assert_int_eq(read_first(&record), 0);
                ck_assert_int_eq(record.exit.kind, EXIT_STATUS);
                ck_assert_int_eq(record.exit.wait_status, 768);
                ck_assert_uint_eq(record.exit.bytes[0], 5);
                ck_assert_uint_eq(record.exit.bytes[1], 6);
                ck_assert_uint_eq(record.exit.memory_peak, 4096);
                ck_assert_uint_eq(record.exit.cpu_usec, 77);
                break;
        case 1:
                entry(SENDER(UUID), EXIT, "JOBD_ERRNO=2", "JOBD_STEP=exec", "JOBD_STDOUT_BYTES=0",
                      "JOBD_STDERR_BYTES=0", NULL);
                ck_assert_int_eq(read_first(&record), 0);
                ck_assert_int_eq(record.exit.kind, EXIT_NO_EXEC);
                ck_assert_int_eq(record.exit.error, ENOENT);
                ck_assert_int_eq(record.exit.step, EXEC_STEP_EXEC);
                ck_assert(!record.exit.stopped);
                ck_assert_uint_eq(record.exit.memory_peak, UINT64_MAX);
                break;
        case 2:
                entry(SENDER(UUID), EXIT, "JOBD_CANCELLED=1", "JOBD_STDOUT_BYTES=0", "JOBD_STDERR_BYTES=0",
                      NULL);
                ck_assert_int_eq(read_first(&record), 0);
                ck_assert_int_eq(record.exit.kind, EXIT_CANCELLED);
                break;
        case 3: /* says nothing of how */
                entry(SENDER(UUID), EXIT, "JOBD_STDOUT_BYTES=0", "JOBD_STDERR_BYTES=0", NULL);
                ck_assert_int_lt(read_first(&record), 0);
                break;
        case 4:
                entry(SENDER(UUID), EXIT, "JOBD_ERRNO=0", "JOBD_STEP=exec", "JOBD_STDOUT_BYTES=0",
                      "JOBD_STDERR_BYTES=0", NULL);
                ck_assert_int_lt(read_first(&record), 0);
                break;
        case 5: /* a sum that does not fit */
                entry(SENDER(UUID), EXIT, "JOBD_WAIT_STATUS=0", "JOBD_STDOUT_BYTES=18446744073709551615",
                      "JOBD_STDERR_BYTES=1", NULL);
                ck_assert_int_lt(read_first(&record), 0);
                break;
        case 6:
                entry(SENDER(UUID), EXIT, "JOBD_WAIT_STATUS=-1", "JOBD_STDOUT_BYTES=0",
                      "JOBD_STDERR_BYTES=0", NULL);
                ck_assert_int_lt(read_first(&record), 0);
                break;
        case 7:
                entry(SENDER(UUID), EXIT, "JOBD_WAIT_STATUS=0", "JOBD_STDOUT_BYTES=0", NULL);
                ck_assert_int_lt(read_first(&record), 0);
                break;
        case 8:
                entry(SENDER(UUID), START, "_SYSTEMD_UNIT=jobd-7.service", NULL);
                ck_assert_int_eq(read_first(&record), 0);
                ck_assert_int_eq(record.kind, RECORD_START);
                ck_assert_str_eq(record.unit, "jobd-7.service");
                break;
        case 10:
                entry(SENDER(UUID), EXIT, "JOBD_WAIT_STATUS=0", "JOBD_STOPPED=1", "JOBD_STDOUT_BYTES=0",
                      "JOBD_STDERR_BYTES=0", NULL);
                ck_assert_int_eq(read_first(&record), 0);
                ck_assert(record.exit.stopped);
                break;
        case 9:
                entry(SENDER(UUID), START, NULL);
                ck_assert_int_eq(read_first(&record), 0);
                ck_assert_str_eq(record.unit, "");
                break;
        }
        fake_clear();
}
END_TEST

/* ---- the reader ---- */

typedef struct World {
        sd_event *event;
        Reader *reader;
        GString *seen; /* messages, and '.' for each end */
        int error;
        unsigned slices;
        char mark_at; /* the message to mark */
        unsigned rewinds;
} World;

static void on_record(const JournalRecord *record, void *userdata) {
        World *world = userdata;

        g_string_append_len(world->seen, record->data, (gssize) record->size);
        if (world->mark_at == *(const char *) record->data)
                reader_mark(world->reader);
}

static void on_slice(bool at_end, int r, void *userdata) {
        World *world = userdata;

        world->slices++;
        world->error = r;
        if (at_end)
                g_string_append_c(world->seen, '.');
        if (at_end && world->rewinds > 0) {
                world->rewinds--;
                ck_assert_int_eq(reader_rewind(world->reader), 0);
        }
}

static const ReaderEvents events = { on_record, on_slice };

static World *world_new(void) {
        World *world = g_new0(World, 1);

        fake_init();
        world->seen = g_string_new("");
        ck_assert_int_eq(sd_event_new(&world->event), 0);
        ck_assert_int_eq(reader_new(world->event, "/", &events, world, &world->reader), 0);
        return world;
}

static void world_free(World *world) {
        reader_free(world->reader);
        ck_assert_uint_eq(fake.open, 0);
        sd_event_unref(world->event);
        g_string_free(world->seen, TRUE);
        fake_clear();
        g_free(world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void run(World *world) {
        while (sd_event_run(world->event, 0) > 0)
                ;
}

START_TEST(follows_from_the_end_on) {
        g_autoptr(World) world = world_new();

        if (_i == 0)
                output("JOBD_OFFSET=0", "MESSAGE=a");
        else /* there is nothing to stand behind */
                entry("MESSAGE=of somebody else", NULL);
        ck_assert_int_eq(reader_follow(world->reader), 1);
        ck_assert_int_eq(reader_follow(world->reader), 1);
        run(world);
        ck_assert_str_eq(world->seen->str, ".");
        output("JOBD_OFFSET=1", "MESSAGE=b");
        run(world); /* nobody has said anything */
        ck_assert_str_eq(world->seen->str, ".");
        reader_wake(world->reader);
        run(world);
        ck_assert_str_eq(world->seen->str, ".b.");
        ck_assert_uint_ge(fake.processed, 2);
        reader_wake(world->reader);
        reader_sleep(world->reader);
        run(world);
        ck_assert_str_eq(world->seen->str, ".b.");
}
END_TEST

START_TEST(bad_entries_are_passed_over) {
        static const int errors[] = { -EBADMSG, -EADDRNOTAVAIL, -E2BIG, -ENOENT, -EPROTONOSUPPORT };
        g_autoptr(World) world = world_new();

        ck_assert_int_eq(reader_follow(world->reader), 1);
        output("JOBD_OFFSET=0", "MESSAGE=a");
        output("JOBD_OFFSET=1", "MESSAGE=!");
        ((FakeEntry *) g_ptr_array_index(fake.entries, 1))->error = errors[_i];
        entry("JOBD_RECORD=1", NULL);
        output("JOBD_OFFSET=2", "MESSAGE=c");
        run(world);
        ck_assert_str_eq(world->seen->str, "ac.");
        ck_assert_int_eq(world->error, 0);
}
END_TEST

START_TEST(a_journal_that_fails_is_closed) {
        g_autoptr(World) world = world_new();

        ck_assert_int_eq(reader_follow(world->reader), 1);
        output("JOBD_OFFSET=0", "MESSAGE=a");
        fake.next_error = -EIO;
        run(world);
        ck_assert_int_eq(world->error, -EIO);
        ck_assert_uint_eq(world->slices, 1);
        ck_assert(!reader_is_open(world->reader));
        reader_wake(world->reader);
        run(world);
        ck_assert_uint_eq(world->slices, 1);
}
END_TEST

/* Files that could not be opened for want of descriptors are not told of: an end is none then. */
START_TEST(without_descriptors_nothing_is_at_its_end) {
        g_autoptr(World) world = world_new();
        struct rlimit many, none;

        output("JOBD_OFFSET=0", "MESSAGE=a");
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &many), 0);
        none = many;
        none.rlim_cur = 0;
        ck_assert_int_eq(reader_query(world->reader, UUID), 1);
        run(world);
        ck_assert_int_eq(reader_check(world->reader), 0);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        ck_assert_int_eq(reader_check(world->reader), -EMFILE);
        ck_assert(!reader_is_open(world->reader));
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &many), 0);
}
END_TEST

START_TEST(a_query_reads_one_job_from_the_head) {
        g_autoptr(World) world = world_new();

        output("JOBD_OFFSET=0", "MESSAGE=a");
        entry(SENDER(OTHER), OUTPUT, "JOBD_STREAM=stdout", "JOBD_OFFSET=0", "JOBD_NEWLINE=0", "MESSAGE=x",
              NULL);
        output("JOBD_OFFSET=1", "MESSAGE=b");
        ck_assert_int_eq(reader_query(world->reader, UUID), 1);
        run(world);
        ck_assert_str_eq(world->seen->str, "ab.");
        ck_assert_int_eq(reader_query(world->reader, OTHER), 1);
        run(world);
        ck_assert_str_eq(world->seen->str, "ab.x.");
        ck_assert_uint_eq(fake.open, 1);
}
END_TEST

START_TEST(a_rewind_goes_back_to_the_mark) {
        g_autoptr(World) world = world_new();

        output("JOBD_OFFSET=0", "MESSAGE=a");
        output("JOBD_OFFSET=1", "MESSAGE=b");
        output("JOBD_OFFSET=2", "MESSAGE=c");
        world->mark_at = 'b';
        world->rewinds = 1;
        ck_assert_int_eq(reader_query(world->reader, UUID), 1);
        run(world);
        ck_assert_str_eq(world->seen->str, "abc.bc.");
}
END_TEST

START_TEST(a_journal_that_was_not_there_is_read_from_its_head) {
        g_autoptr(World) world = world_new();

        fake.absent = true;
        ck_assert_int_eq(reader_follow(world->reader), 0);
        fake.absent = false;
        output("JOBD_OFFSET=0", "MESSAGE=a");
        if (_i == 1) /* the jobs it was opened for are gone */
                reader_close(world->reader);
        ck_assert_int_eq(reader_follow(world->reader), 1);
        run(world);
        ck_assert_str_eq(world->seen->str, _i == 0 ? "a." : ".");
}
END_TEST

/* A large journal is read in pieces; in between, others have their turn. */
START_TEST(a_turn_is_bounded) {
        g_autofree char *message = g_strnfill(8 + 65536, 'x');
        g_autoptr(World) world = world_new();
        unsigned turns = 0;

        memcpy(message, "MESSAGE=", 8);
        ck_assert_int_eq(reader_follow(world->reader), 1);
        for (int i = 0; i < 1000; i++) {
                FakeEntry *e = new_entry();

                for (size_t k = 0; k < G_N_ELEMENTS(whole) - 1; k++)
                        add_field(e, whole[k], strlen(whole[k]));
                add_field(e, message, 8 + 65536);
        }
        while (sd_event_run(world->event, 0) > 0)
                turns++;
        ck_assert_uint_eq(world->seen->len, 1000 * 65536 + 1);
        ck_assert_uint_ge(turns, 1000 * 65536 / (4 * 1024 * 1024));
        ck_assert_uint_eq(world->slices, turns);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("reader");
        TCase *record = tcase_create("record"), *reader = tcase_create("reader");

        tcase_add_test(record, output_record);
        tcase_add_loop_test(record, a_wrong_value_is_refused, 0, G_N_ELEMENTS(wrong));
        tcase_add_loop_test(record, a_missing_field_is_refused, 0, G_N_ELEMENTS(whole));
        tcase_add_test(record, a_whole_record_is_not);
        tcase_add_loop_test(record, sizes_and_binary, 0, 5);
        tcase_add_loop_test(record, exit_records, 0, 11);
        tcase_add_loop_test(reader, follows_from_the_end_on, 0, 2);
        tcase_add_loop_test(reader, bad_entries_are_passed_over, 0, 5);
        tcase_add_test(reader, a_journal_that_fails_is_closed);
        tcase_add_test(reader, without_descriptors_nothing_is_at_its_end);
        tcase_add_test(reader, a_query_reads_one_job_from_the_head);
        tcase_add_test(reader, a_rewind_goes_back_to_the_mark);
        tcase_add_loop_test(reader, a_journal_that_was_not_there_is_read_from_its_head, 0, 2);
        tcase_add_test(reader, a_turn_is_bounded);
        suite_add_tcase(suite, record);
        suite_add_tcase(suite, reader);
        return run_suite(suite);
}
