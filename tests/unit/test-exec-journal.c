/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exec-fake.h"
#include "exec/compose.h"
#include "exec/journal.h"
#include "exec/pump.h"
#include "run.h"

static const ComposeJob job = { .id = { 7 }, .uuid = "3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11" };

static Fake fake;
static Journal journal;
static Record record;

/* As supply_journal(), with a jobd that answers at once. */
static void supply(void) {
        int fd;

        if (!journal_asks(&journal, clock_usec()))
                return;
        fd = fake_connect(&fake);
        if (fd >= 0)
                ck_assert_int_eq(journal_attach(&journal, fd, clock_usec()), 0);
}

static void set_up(void) {
        fake_open(&fake);
        ck_assert_int_eq(journal_init(&journal, &fake.config), 0);
        supply();
}

static void tear_down(void) {
        journal_free(&journal);
        fake_close(&fake);
}

/* One turn of the loop that jobd-exec runs; at most 20 ms. */
static void turn(void) {
        struct pollfd fds[] = { journal_poll_socket(&journal), journal_poll_journald(&journal) };
        uint64_t now = clock_usec(), deadline = journal_deadline(&journal);
        uint64_t left = deadline > now ? usec_min(deadline - now, 20000) : 0;
        struct timespec timeout = { .tv_nsec = (long) left * 1000 };

        ck_assert_int_ge(ppoll(fds, 2, &timeout, NULL), 0);
        supply();
        journal_step(&journal, clock_usec(), fds[1].revents != 0);
}

static void turn_until_ready(void) {
        for (uint64_t end = clock_usec() + 10 * USEC_PER_SEC; !journal_is_ready(&journal);) {
                ck_assert_msg(clock_usec() < end, "never ready");
                turn();
        }
}

/* Sends a piece of one byte, `letter`, at offset letter − 'a'. */
static void send_letter(char letter) {
        Piece piece = { .offset = (uint64_t) (letter - 'a'),
                        .bytes = (const uint8_t *) &letter,
                        .length = 1 };

        turn_until_ready();
        journal_commit(&journal, compose_output(journal_reserve(&journal, clock_usec()), &job, &piece),
                       clock_usec());
}

/* Turns the loop, and takes all that arrives, until the barrier is behind; writes the letters down. */
static void take_until_handled(char *letters, size_t size) {
        size_t n = 0;

        for (uint64_t end = clock_usec() + 10 * USEC_PER_SEC; !journal.handled;) {
                size_t length;
                const uint8_t *message;

                ck_assert_msg(clock_usec() < end, "never handled");
                if (fake.fd < 0 || !fake_is_waiting(&fake)) {
                        turn();
                        continue;
                }
                fake_receive(&fake, &record);
                if (record.length == 0)
                        continue;
                message = record_field(&record, "MESSAGE", &length);
                ck_assert_uint_eq(length, 1);
                ck_assert_uint_lt(n + 1, size);
                letters[n++] = (char) *message;
        }
        letters[n] = '\0';
}

static void assert_ends_with(const char *text, const char *end) {
        ck_assert_uint_ge(strlen(text), strlen(end));
        ck_assert_str_eq(text + strlen(text) - strlen(end), end);
}

#define COMMON(priority)                                                                                   \
        "JOBD_RECORD=1\nJOBD_JOB=3e20ed5c-5fd2-4b0b-8f5a-5a9d6e7c1a11\nJOBD_ID=7\nPRIORITY=" priority "\n" \
        "SYSLOG_IDENTIFIER=jobd-7\n"

START_TEST(output_bytes) {
        static const char expected[] = "MESSAGE_ID=42cbaf9d7c3e4058b2e4ee9bee31aa5e\n" COMMON("3") //
                        "JOBD_STREAM=stderr\nJOBD_OFFSET=18446744073709551615\nJOBD_NEWLINE=1\n"
                        "MESSAGE\n\7\0\0\0\0\0\0\0a\n\n\0=\n\xff\n";
        Piece piece = {
                .stream = STREAM_STDERR,
                .offset = UINT64_MAX,
                .bytes = (const uint8_t *) "a\n\n\0=\n\xff\n",
                .length = 8,
        };

        journal_commit(&journal, compose_output(journal_reserve(&journal, clock_usec()), &job, &piece),
                       clock_usec());
        fake_receive(&fake, &record);
        ck_assert_uint_eq(record.length, sizeof(expected) - 1);
        ck_assert_mem_eq(record.bytes, expected, record.length);
}
END_TEST

START_TEST(output_newlines) {
        static const struct {
                const char *bytes, *message, *newline;
        } t[] = { { "x", "x", "0" }, { "x\n", "x", "1" }, { "\n", "", "1" }, { "x\n\n", "x\n", "1" } };

        for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
                Piece piece = { .bytes = (const uint8_t *) t[i].bytes, .length = strlen(t[i].bytes) };

                journal_commit(&journal,
                               compose_output(journal_reserve(&journal, clock_usec()), &job, &piece),
                               clock_usec());
                fake_receive(&fake, &record);
                ck_assert(record_has(&record, "MESSAGE", t[i].message));
                ck_assert(record_has(&record, "JOBD_NEWLINE", t[i].newline));
                ck_assert(record_has(&record, "JOBD_STREAM", "stdout"));
                ck_assert(record_has(&record, "PRIORITY", "6"));
        }
}
END_TEST

START_TEST(largest_piece) {
        static uint8_t bytes[64 * 1024];
        Piece piece = { .offset = UINT64_MAX, .bytes = bytes, .length = sizeof(bytes) };
        size_t length;

        ck_assert_uint_eq(journal.data_max, sizeof(bytes));
        memset(bytes, 'z', sizeof(bytes));
        journal_commit(&journal, compose_output(journal_reserve(&journal, clock_usec()), &job, &piece),
                       clock_usec());
        fake_receive(&fake, &record);
        ck_assert_ptr_nonnull(record_field(&record, "MESSAGE", &length));
        ck_assert_uint_eq(length, sizeof(bytes));
}
END_TEST

START_TEST(exit_records) {
        ExitReport report = { .ending = ENDING_WAITED,
                              .wait_status = 139,
                              .bytes = { 5, 6 },
                              .memory_peak = 4096,
                              .cpu_usec = UINT64_MAX };
        uint8_t *to = record.bytes;
        size_t length;

        record.length = compose_exit(to, &job, &report);
        ck_assert(record_has(&record, "MESSAGE_ID", "4eb2afc3f92c4da984c80c83552d665e"));
        ck_assert(record_has(&record, "JOBD_WAIT_STATUS", "139"));
        ck_assert(record_has(&record, "JOBD_STDOUT_BYTES", "5"));
        ck_assert(record_has(&record, "JOBD_STDERR_BYTES", "6"));
        ck_assert(record_has(&record, "JOBD_MEMORY_PEAK", "4096"));
        ck_assert_ptr_null(record_field(&record, "JOBD_CPU_USEC", &length));
        ck_assert_ptr_null(record_field(&record, "JOBD_ERRNO", &length));

        report = (ExitReport){ .ending = ENDING_FAILED, .error = 2, .step = EXEC_STEP_CHDIR, .cpu_usec = 9 };
        record.length = compose_exit(to, &job, &report);
        ck_assert(record_has(&record, "JOBD_ERRNO", "2"));
        ck_assert(record_has(&record, "JOBD_STEP", "chdir"));
        ck_assert(record_has(&record, "JOBD_CPU_USEC", "9"));
        ck_assert_ptr_null(record_field(&record, "JOBD_WAIT_STATUS", &length));

        report = (ExitReport){ .ending = ENDING_CANCELLED };
        record.length = compose_exit(to, &job, &report);
        ck_assert(record_has(&record, "JOBD_CANCELLED", "1"));
        ck_assert_ptr_null(record_field(&record, "JOBD_WAIT_STATUS", &length));

        record.length = compose_start(to, &job);
        ck_assert(record_has(&record, "MESSAGE_ID", "8bf700be4de040d794644ac21a327c47"));
        ck_assert(record_has(&record, "JOBD_JOB", job.uuid));
}
END_TEST

/* Not handled as long as the record is in the queue, or the mark behind it. */
START_TEST(barrier) {
        send_letter('a');
        journal_end(&journal);
        for (int i = 0; i < 20; i++)
                turn();
        ck_assert(!journal.handled);
        fake_receive(&fake, &record);
        ck_assert(record_has(&record, "MESSAGE", "a"));
        for (int i = 0; i < 20; i++)
                turn();
        ck_assert(!journal.handled);
        fake_receive(&fake, &record);
        ck_assert_uint_eq(record.length, 0);
        for (uint64_t end = clock_usec() + 10 * USEC_PER_SEC; !journal.handled;) {
                ck_assert(clock_usec() < end);
                turn();
        }
}
END_TEST

/* A while after the last record the window is let go, and nothing is left to wake up for. */
START_TEST(rests) {
        char letters[16];

        send_letter('a');
        send_letter('b');
        ck_assert_uint_ne(journal_deadline(&journal), USEC_NEVER);
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "ab");
        ck_assert(window_is_empty(&journal.window));
        ck_assert_uint_eq(journal_deadline(&journal), USEC_NEVER);
        ck_assert_int_lt(journal_poll_socket(&journal).fd, 0);
        send_letter('c');
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "c");
}
END_TEST

/* At rest a journald that comes and goes wakes nobody; before the next record its successor is looked up. */
START_TEST(death_at_rest) {
        char letters[16];

        send_letter('a');
        take_until_handled(letters, sizeof(letters));
        fake_kill(&fake);
        fake_start(&fake);
        ck_assert_int_lt(journal_poll_journald(&journal).fd, 0);
        ck_assert_uint_eq(journal_deadline(&journal), USEC_NEVER);
        send_letter('b');
        ck_assert_int_ge(journal_poll_journald(&journal).fd, 0);
        ck_assert_int_eq(poll(&(struct pollfd){ .fd = journal.journald, .events = POLLIN }, 1, 0), 0);
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "b");
}
END_TEST

/* journald dies with the first record in its hands: its successor gets the queue, and then everything in
 * order. */
START_TEST(death) {
        char letters[64];

        send_letter('a');
        send_letter('b');
        send_letter('c');
        fake_receive(&fake, &record);
        fake_kill(&fake);
        turn();
        fake_start(&fake);
        take_until_handled(letters, sizeof(letters));
        ck_assert_int_eq(letters[0], 'b');
        assert_ends_with(letters, "abc");
}
END_TEST

/* The same with the successor there before the death is seen, and with the barrier's mark already taken by
 * it. */
START_TEST(death_at_the_barrier) {
        char letters[64];

        send_letter('a');
        journal_end(&journal);
        while (!journal.marked)
                turn();
        fake_receive(&fake, &record);
        fake_kill(&fake);
        fake_start(&fake);
        fake_receive(&fake, &record);
        ck_assert_uint_eq(record.length, 0);
        journal_step(&journal, clock_usec() + USEC_PER_SEC,
                     false); /* the queue is empty, the pidfd not asked yet */
        ck_assert(!journal.handled);
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "a");
}
END_TEST

START_TEST(death_twice) {
        char letters[64];

        send_letter('a');
        send_letter('b');
        fake_receive(&fake, &record);
        fake_kill(&fake);
        fake_start(&fake);
        turn();
        fake_kill(&fake);
        turn();
        fake_start(&fake);
        send_letter('c');
        take_until_handled(letters, sizeof(letters));
        assert_ends_with(letters, "abc");
}
END_TEST

/* Nothing new is sent until the successor is known. */
START_TEST(holds) {
        send_letter('a');
        fake_kill(&fake);
        turn();
        ck_assert(!journal_is_ready(&journal));
        fake_start(&fake);
        turn_until_ready();
        ck_assert_int_ge(journal.journald, 0);
}
END_TEST

/* The successor does its work, but stays out of sight: it is not waited for longer than a second. */
START_TEST(holds_no_longer_than_needed) {
        char letters[16];

        send_letter('a');
        fake_kill(&fake);
        turn();
        ck_assert(!journal_is_ready(&journal));
        take_until_handled(letters, sizeof(letters));
        assert_ends_with(letters, "a");
        ck_assert(journal_is_ready(&journal));
}
END_TEST

/* A journald that is seen for the first time at the barrier may be the successor of one that was not. */
START_TEST(found_at_the_barrier) {
        char letters[16];

        fake_kill(&fake);
        journal_free(&journal);
        ck_assert_int_eq(journal_init(&journal, &fake.config), 0);
        supply();
        send_letter('a');
        journal.look = RETRY_NONE; /* as if its time had not come */
        fake_start(&fake);
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "aa");
}
END_TEST

/* Where the cgroup tree cannot be seen it works as well, without that protection. */
START_TEST(out_of_sight) {
        char letters[16];

        fake.config.cgroup_root = "/nonexistent";
        journal_free(&journal);
        ck_assert_int_eq(journal_init(&journal, &fake.config), 0);
        supply();
        send_letter('a');
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "a");
        ck_assert_uint_eq(journal_deadline(&journal), USEC_NEVER);
}
END_TEST

/* The socket is closed with a record in it: the queue looks empty, but nothing was handled. */
START_TEST(closed) {
        char letters[64];

        send_letter('a');
        journal_end(&journal);
        while (!journal.marked)
                turn();
        fake_unbind(&fake);
        for (int i = 0; i < 20; i++)
                turn();
        ck_assert(!journal.handled);
        fake_bind(&fake);
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "a");
}
END_TEST

START_TEST(refused) {
        char letters[64];

        send_letter('a');
        fake_unbind(&fake);
        send_letter('b');
        ck_assert(!journal_is_ready(&journal));
        fake_bind(&fake);
        send_letter('c');
        take_until_handled(letters, sizeof(letters));
        ck_assert_str_eq(letters, "abc");
}
END_TEST

START_TEST(no_socket) {
        fake_unbind(&fake);
        journal_free(&journal);
        ck_assert_int_eq(journal_init(&journal, &fake.config), 0);
        supply();
        ck_assert(!journal_is_ready(&journal));
        ck_assert_uint_ne(journal_deadline(&journal), USEC_NEVER);
        fake_bind(&fake);
        turn_until_ready();
}
END_TEST

/* It asks ever less often, up to once a second, as long as no socket takes anything: be there none, or bad
 * ones. */
START_TEST(asks_with_pauses) {
        uint64_t now = USEC_PER_SEC, pause = 5 * USEC_PER_MSEC;

        fake_unbind(&fake);
        journal_free(&journal);
        ck_assert_int_eq(journal_init(&journal, &fake.config), 0);
        for (int i = 0; i < 12; i++) {
                ck_assert(journal_asks(&journal, now));
                ck_assert(!journal_asks(&journal, now));
                ck_assert_uint_eq(journal_deadline(&journal), now + pause);
                now += pause;
                pause = usec_min(2 * pause, USEC_PER_SEC);
        }
        fake_bind(&fake);
        ck_assert_int_eq(journal_attach(&journal, fake_connect(&fake), now), 0);
        ck_assert(!journal_asks(&journal, now));
        fake_unbind(&fake);
        journal_commit(&journal, compose_start(journal_reserve(&journal, now), &job), now);
        ck_assert_int_lt(journal.fd, 0);
        ck_assert_uint_eq(journal_deadline(&journal), now + USEC_PER_SEC);
}
END_TEST

static bool is_open(int fd) {
        return fcntl(fd, F_GETFD) >= 0;
}

/* What is of no use is closed, and so is a second one. */
START_TEST(other_descriptors) {
        int own = journal.fd, pair[2], fd;

        fd = fake_connect(&fake);
        ck_assert_int_lt(journal_attach(&journal, fd, 0), 0);
        ck_assert(!is_open(fd));
        ck_assert_int_eq(journal.fd, own);
        ck_assert(is_open(own));

        journal_free(&journal);
        ck_assert_int_eq(journal_init(&journal, &fake.config), 0);
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        ck_assert_int_lt(journal_attach(&journal, fd, 0), 0);
        ck_assert(!is_open(fd));
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        ck_assert_int_lt(journal_attach(&journal, pair[0], 0), 0);
        ck_assert(!is_open(pair[0]));
        (void) close(pair[1]);
        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_lt(journal_attach(&journal, fd, 0), 0);
        ck_assert(fd < 0 || !is_open(fd));
        ck_assert_int_lt(journal.fd, 0);
        supply();
        turn_until_ready();
}
END_TEST

/* More than the queue holds: it waits for room, and nothing gets lost. */
START_TEST(full_queue) {
        static uint8_t bytes[64 * 1024];
        Piece piece = { .bytes = bytes, .length = sizeof(bytes) };
        uint64_t taken = 0;

        while (journal_is_ready(&journal)) {
                journal_commit(&journal,
                               compose_output(journal_reserve(&journal, clock_usec()), &job, &piece),
                               clock_usec());
                piece.offset++;
        }
        ck_assert_uint_lt(piece.offset, 16); /* fewer than the window has */
        ck_assert_int_ge(journal_poll_socket(&journal).fd, 0);
        while (taken < piece.offset) {
                if (!fake_is_waiting(&fake)) {
                        turn();
                        continue;
                }
                fake_receive(&fake, &record);
                ck_assert_uint_eq(record_number(&record, "JOBD_OFFSET"), taken++);
        }
        ck_assert(journal_is_ready(&journal));
}
END_TEST

/* A pump on two pipes of the test's own; `ends` are their write ends. */
static void open_pump(Pump *pump, Pipes *pipes, int ends[_STREAM_MAX]) {
        ck_assert_int_eq(pump_init(pump, &journal, &job), 0);
        ck_assert_int_eq(pipes_open(pipes, false, ends), 0);
        pump_attach(pump, pipes);
}

static void close_pump(Pump *pump, const int ends[_STREAM_MAX]) {
        for (int i = 0; i < _STREAM_MAX; i++) {
                pipes_close(pump->pipes, (Stream) i);
                (void) close(ends[i]);
        }
        pump_free(pump);
}

static void step_pump(Pump *pump, bool out, bool err, uint64_t now) {
        const bool readable[_STREAM_MAX] = { out, err };

        pump_step(pump, readable, UINT64_MAX, now);
}

static void assert_next(const char *stream, const char *message, const char *newline) {
        fake_receive(&fake, &record);
        ck_assert(record_has(&record, "JOBD_STREAM", stream));
        ck_assert(record_has(&record, "MESSAGE", message));
        ck_assert(record_has(&record, "JOBD_NEWLINE", newline));
}

static void write_text(int fd, const char *text) {
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
}

/* After the command's end others are listened to as long as they have something to say, and for two seconds
 * at most. What is still in the pipe then is counted. */
START_TEST(drain_is_bounded) {
        const uint64_t look = 20 * USEC_PER_MSEC;
        uint64_t now = 0, read = 5;
        int ends[_STREAM_MAX];
        Pipes pipes;
        Pump pump;

        open_pump(&pump, &pipes, ends);
        write_text(ends[STREAM_STDOUT], "mine\n");
        pump_drain(&pump, now);
        while (!drain_is_over(&pipes.drain)) {
                write_text(ends[STREAM_STDOUT], "theirs\n");
                step_pump(&pump, true, false, now += look);
                read = pump.sent[STREAM_STDOUT] + pump.batch.length;
                while (fake_is_waiting(&fake))
                        fake_receive(&fake, &record);
        }
        ck_assert_uint_eq(now, 101 * look);
        ck_assert_uint_eq(read, 5 + 100 * 7);
        ck_assert(pump_is_done(&pump));
        ck_assert_uint_eq(pump_written(&pump, STREAM_STDOUT), read + 7);
        ck_assert_uint_eq(pump_written(&pump, STREAM_STDERR), 0);
        close_pump(&pump, ends);
}
END_TEST

/* journald takes nothing meanwhile: all that was in the pipe at the end is read when it does, however late;
 * what did not fit into the last record is counted, with what is still in the pipe. */
START_TEST(drain_counts_what_it_leaves) {
        static uint8_t bytes[40000];
        int ends[_STREAM_MAX];
        Pipes pipes;
        Pump pump;

        open_pump(&pump, &pipes, ends);
        ck_assert_int_eq(write(ends[STREAM_STDERR], bytes, sizeof(bytes)), sizeof(bytes));
        write_text(ends[STREAM_STDOUT], "piece");
        step_pump(&pump, true, false, 0);
        ck_assert_uint_eq(pump.batch.length, 5);
        write_text(ends[STREAM_STDOUT], " and rest");
        ck_assert_uint_eq(pump_written(&pump, STREAM_STDOUT), strlen("piece and rest"));
        ck_assert_uint_eq(pump_written(&pump, STREAM_STDERR), sizeof(bytes));

        pump_drain(&pump, 0);
        pipes.drain.looks = 1000; /* over before anything was read */
        step_pump(&pump, true, true, USEC_PER_SEC);
        ck_assert(pump_is_done(&pump));
        ck_assert_uint_eq(pump.sent[STREAM_STDERR], sizeof(bytes));
        ck_assert_uint_eq(pump.sent[STREAM_STDOUT], strlen("piece and rest"));
        close_pump(&pump, ends);
}
END_TEST

/* A piece of a line that is held back goes before newer bytes of the other stream. */
START_TEST(order_of_reading) {
        int ends[_STREAM_MAX];
        Pipes pipes;
        Pump pump;

        open_pump(&pump, &pipes, ends);
        ck_assert_int_eq(write(ends[STREAM_STDOUT], "a", 1), 1);
        step_pump(&pump, true, false, 0);
        ck_assert(!fake_is_waiting(&fake));
        ck_assert_int_eq(write(ends[STREAM_STDERR], "b", 1), 1);
        step_pump(&pump, false, true, 0);
        assert_next("stdout", "a", "0");
        ck_assert(!fake_is_waiting(&fake));
        ck_assert_int_eq(write(ends[STREAM_STDOUT], "c\n", 2), 2);
        step_pump(&pump, true, false, 0);
        assert_next("stderr", "b", "0");
        step_pump(&pump, false, false, 0);
        assert_next("stdout", "c", "1");
        ck_assert_uint_eq(record_number(&record, "JOBD_OFFSET"), 1);
        close_pump(&pump, ends);
}
END_TEST

/* The last piece of a line goes when its writers are gone, without waiting for more. */
START_TEST(end_of_a_stream) {
        int ends[_STREAM_MAX];
        Pipes pipes;
        Pump pump;

        open_pump(&pump, &pipes, ends);
        ck_assert_int_eq(write(ends[STREAM_STDOUT], "a", 1), 1);
        (void) close(ends[STREAM_STDOUT]);
        ends[STREAM_STDOUT] = -1;
        step_pump(&pump, true, false, 0);
        step_pump(&pump, true, false, 0);
        assert_next("stdout", "a", "0");
        ck_assert_int_lt(pump_poll(&pump, STREAM_STDOUT, UINT64_MAX).fd, 0);
        ck_assert_uint_eq(pump_deadline(&pump, 0), USEC_NEVER);
        close_pump(&pump, ends);
}
END_TEST

int main(void) {
        Suite *suite = suite_create("exec-journal");
        TCase *tcase = tcase_create("journal");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_add_test(tcase, output_bytes);
        tcase_add_test(tcase, output_newlines);
        tcase_add_test(tcase, largest_piece);
        tcase_add_test(tcase, exit_records);
        tcase_add_test(tcase, barrier);
        tcase_add_test(tcase, rests);
        tcase_add_test(tcase, death_at_rest);
        tcase_add_test(tcase, death);
        tcase_add_test(tcase, death_at_the_barrier);
        tcase_add_test(tcase, death_twice);
        tcase_add_test(tcase, holds);
        tcase_add_test(tcase, holds_no_longer_than_needed);
        tcase_add_test(tcase, found_at_the_barrier);
        tcase_add_test(tcase, out_of_sight);
        tcase_add_test(tcase, closed);
        tcase_add_test(tcase, refused);
        tcase_add_test(tcase, no_socket);
        tcase_add_test(tcase, asks_with_pauses);
        tcase_add_test(tcase, other_descriptors);
        tcase_add_test(tcase, full_queue);
        tcase_add_test(tcase, drain_is_bounded);
        tcase_add_test(tcase, drain_counts_what_it_leaves);
        tcase_add_test(tcase, order_of_reading);
        tcase_add_test(tcase, end_of_a_stream);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
