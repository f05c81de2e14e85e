/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "../unit/run.h"
#include "server.h"
#include "wire/frame.h"
#include "wire/stream.h"

/* Output over the bus: reading, receiving, and the lease. A frame takes 32 bytes beside its payload, a
 * segment's first one 56 in all. */

#define HEAD  (32 + 24)
#define FRAME 32

/* "stdout:abc stderr:x" of ReadOutput's or Receive's frames. */
static char *frames(sd_bus_message *reply, bool with_position) {
        const char *contents = with_position ? "ttsay" : "tsay";
        GString *text = g_string_new(NULL);
        const char *stream;
        const void *bytes;
        size_t size;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', with_position ? "(ttsay)" : "(tsay)"),
                         0);
        while (sd_bus_message_enter_container(reply, 'r', contents) > 0) {
                ck_assert_int_gt(sd_bus_message_skip(reply, with_position ? "tt" : "t"), 0);
                ck_assert_int_gt(sd_bus_message_read(reply, "s", &stream), 0);
                ck_assert_int_gt(sd_bus_message_read_array(reply, 'y', &bytes, &size), 0);
                g_string_append_printf(text, "%s%s:%.*s", text->len ? " " : "", stream, (int) size,
                                       (const char *) bytes);
                ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(reply), 0);
        return g_string_free(text, FALSE);
}

static void assert_read(sd_bus_message *reply, const char *expected, uint64_t expected_next,
                        bool expected_end) {
        g_autofree char *text = frames(reply, true);
        uint64_t next;
        int end;

        ck_assert_str_eq(text, expected);
        ck_assert_int_gt(sd_bus_message_read(reply, "tb", &next, &end), 0);
        ck_assert_uint_eq(next, expected_next);
        ck_assert_int_eq(end, expected_end);
}

static void assert_received(sd_bus_message *reply, const char *expected, bool expected_more) {
        g_autofree char *text = frames(reply, false);
        int more;

        ck_assert_str_eq(text, expected);
        ck_assert_int_gt(sd_bus_message_read(reply, "b", &more), 0);
        ck_assert_int_eq(more, expected_more);
}

static void assert_number(sd_bus_message *reply, uint64_t expected) {
        uint64_t n;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_read(reply, "t", &n), 0);
        ck_assert_uint_eq(n, expected);
}

static sd_bus_message *read_output(Client *client, uint64_t position, uint64_t max, uint64_t timeout) {
        return call_sync(client, JOB(7), "ReadOutput", "ttta{sv}", position, max, timeout, 0);
}

START_TEST(reads) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        const uint64_t first = HEAD + FRAME + 3, second = first + FRAME + 2;
        g_autoptr(sd_bus_message) all = NULL, one = NULL, rest = NULL, end = NULL, beyond = NULL;
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "out");
        fake_output(job, 1, "er");
        all = read_output(client, 0, 1000, 0);
        assert_read(all, "stdout:out stderr:er", second, false);
        one = read_output(client, 0, 1, 0); /* at least one frame */
        assert_read(one, "stdout:out", first, false);
        rest = read_output(client, first, UINT64_MAX, UINT64_MAX); /* there is something: no waiting */
        assert_read(rest, "stderr:er", second, false);
        fake_finish(job, JOB_COMPLETED);
        end = read_output(client, second, 1000, UINT64_MAX);
        assert_read(end, "", second, true);
        beyond = read_output(client, second + 1, 1000, 0);
        assert_error(beyond, "NoOutput", "beyond");
        ck_assert_uint_eq(job->output.begin, 0); /* and nothing was consumed */
}
END_TEST

START_TEST(read_waits_for_output) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, JOB(7), "ReadOutput", "ttta{sv}", UINT64_C(0),
                                          UINT64_C(100), UINT64_MAX, 0);

        client_settle(client);
        ck_assert_ptr_null(call->reply);
        fake_output(job, 0, "now");
        assert_read(call_wait(call), "stdout:now", HEAD + FRAME + 3, false);
}
END_TEST

START_TEST(read_waits_for_the_end) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, JOB(7), "ReadOutput", "ttta{sv}", UINT64_C(0),
                                          UINT64_C(100), UINT64_MAX, 0);

        client_settle(client);
        fake_finish(job, JOB_COMPLETED);
        assert_read(call_wait(call), "", 0, true);
}
END_TEST

START_TEST(read_times_out) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) at_once = NULL, soon = NULL;

        (void) fake_job(7, 0);
        at_once = read_output(client, 0, 100, 0);
        assert_read(at_once, "", 0, false);
        soon = read_output(client, 0, 100, 1000);
        assert_read(soon, "", 0, false);
}
END_TEST

START_TEST(read_of_a_removed_job) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        Job *job = fake_job(7, 0);
        g_autoptr(Call) call = call_async(client, JOB(7), "ReadOutput", "ttta{sv}", UINT64_C(0),
                                          UINT64_C(100), UINT64_MAX, 0);

        client_settle(client);
        job_table_remove(fake.jobs, job);
        bus_job_removed(fake.server, job_id(7));
        assert_error(call_wait(call), "NoSuchJob", "7");
}
END_TEST

START_TEST(opens) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) reply = NULL, beyond = NULL;
        Job *job = fake_job(7, 0);
        uint64_t start, end;
        FrameHeader header;
        struct stat st;
        int fd;

        fake_output(job, 1, "er");
        reply = call_sync(client, JOB(7), "OpenOutput", "ta{sv}", UINT64_C(0), 0);
        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_read(reply, "htt", &fd, &start, &end), 0);
        ck_assert_uint_eq(start, 0);
        ck_assert_uint_eq(end, HEAD + FRAME + 2);
        ck_assert_int_eq(fstat(fd, &st), 0);
        ck_assert_uint_ge((uint64_t) st.st_size, end);
        ck_assert_int_eq(pread(fd, &header, sizeof(header), HEAD), sizeof(header));
        ck_assert_uint_eq(header.magic, FRAME_MAGIC);
        ck_assert_int_eq(header.stream, STREAM_STDERR);
        ck_assert_uint_eq(header.length, 2);
        ck_assert_int_eq(write(fd, "x", 1), -1); /* for reading alone */
        beyond = call_sync(client, JOB(7), "OpenOutput", "ta{sv}", end + 1, 0);
        assert_error(beyond, "NoOutput", "beyond");
}
END_TEST

START_TEST(receive_keeps) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) first = NULL, second = NULL;
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "out");
        fake_finish(job, JOB_COMPLETED);
        first = call_sync(client, JOB(7), "Receive", "bta{sv}", 1, UINT64_C(100), 0);
        assert_received(first, "stdout:out", true);
        second = call_sync(client, JOB(7), "Receive", "bta{sv}", 1, UINT64_C(100), 0);
        assert_received(second, "stdout:out", true);
}
END_TEST

START_TEST(receive_consumes) {
        g_autoptr(Client) client = client_new(fake.name, 0, true);
        g_autoptr(sd_bus_message) first = NULL, second = NULL, third = NULL, none = NULL;
        g_autofree char *more = NULL;
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "one");
        fake_output(job, 1, "two");
        first = call_sync(client, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(1), 0);
        assert_received(first, "stdout:one", true);
        second = call_sync(client, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(1), 0);
        assert_received(second, "stderr:two", true); /* it runs: more may come */
        none = call_sync(client, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(1), 0);
        assert_received(none, "", true);
        fake_output(job, 0, "three");
        fake_finish(job, JOB_COMPLETED);
        third = call_sync(client, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(100), 0);
        assert_received(third, "stdout:three", false);
        more = get_property(client, JOB(7), "HasMoreData");
        ck_assert_str_eq(more, "false");
}
END_TEST

/* A client that has asked for so much that the bus keeps some of it, then twice for what job 7 has, and
 * reads nothing. */
static Client *silent_new(GPtrArray *calls) {
        g_autofree char *much = g_strnfill(64000, 'x');
        Client *client = client_new(fake.name, 0, false);

        fake_output(fake_job(8, 0), 0, much);
        ck_assert_int_ge(sd_bus_detach_event(client->bus), 0);
        for (guint i = 0; i < 20; i++)
                g_ptr_array_add(calls, call_async(client, JOB(8), "Receive", "bta{sv}", 1, UINT64_C(1), 0));
        for (guint i = 0; i < 2; i++)
                g_ptr_array_add(calls, call_async(client, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(1), 0));
        ck_assert_int_ge(sd_bus_flush(client->bus), 0);
        loop_until(receipts_client(fake.server->receipts, job_id(7)));
        return client;
}

static GPtrArray *calls_new(void) {
        return g_ptr_array_new_with_free_func((GDestroyNotify) call_free);
}

START_TEST(unread_is_not_consumed) {
        g_autoptr(Client) other = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) keep = NULL;
        Job *job = fake_job(7, 0);
        GPtrArray *calls = calls_new();
        g_autoptr(Call) receive = NULL, begin = NULL;
        Client *silent;

        fake_output(job, 0, "one");
        fake_output(job, 0, "two");
        silent = silent_new(calls);
        receive = call_async(other, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(100), 0);
        begin = call_async(other, JOB(7), "BeginReceive", "a{sv}", 0);
        keep = call_sync(other, JOB(8), "Receive", "bta{sv}", 1, UINT64_C(1), 0);
        assert_ok(keep); /* another job is none of that */
        for (guint i = 0; i < 20; i++)
                client_settle(other);
        ck_assert_ptr_null(receive->reply);
        ck_assert_ptr_null(begin->reply);
        ck_assert_uint_eq(job->output.begin, 0);

        g_ptr_array_unref(calls);
        client_free(silent);
        assert_received(call_wait(receive), "stdout:one stdout:two", true);
        assert_number(call_wait(begin), job->output.end);
}
END_TEST

START_TEST(read_late_is_consumed_once) {
        g_autoptr(Client) silent = NULL;
        g_autoptr(GPtrArray) calls = calls_new();
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "one");
        fake_output(job, 0, "two");
        silent = silent_new(calls);
        ck_assert_int_ge(sd_bus_attach_event(silent->bus, loop, 0), 0);
        assert_received(call_wait(calls->pdata[20]), "stdout:one", true);
        assert_received(call_wait(calls->pdata[21]), "stdout:two", true);
        loop_until(job->output.begin == job->output.end);
}
END_TEST

/* Whoever asks without end has some of it only. */
START_TEST(consumed_in_pieces) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        g_autofree char *piece = g_strnfill(40000, 'x');
        Job *job = fake_job(7, 0);

        for (guint i = 0; i < 4; i++)
                fake_output(job, 0, piece);
        fake_finish(job, JOB_COMPLETED);
        for (guint i = 0; i < 2; i++) {
                g_autofree char *two = g_strdup_printf("stdout:%s stdout:%s", piece, piece);
                g_autoptr(sd_bus_message)
                                reply = call_sync(client, JOB(7), "Receive", "bta{sv}", 0, UINT64_MAX, 0);

                assert_received(reply, two, i == 0);
        }
}
END_TEST

START_TEST(lease) {
        g_autoptr(Client) client = client_new(fake.name, 0, false);
        const uint64_t first = HEAD + FRAME + 3;
        g_autoptr(sd_bus_message) early = NULL, begin = NULL, consume = NULL, changed = NULL, back = NULL,
                                  far = NULL, middle = NULL, end = NULL, late = NULL, twice = NULL,
                                  again = NULL;
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "one");
        fake_output(job, 0, "two");
        early = call_sync(client, JOB(7), "Consume", "tta{sv}", UINT64_C(0), first, 0);
        assert_error(early, "Busy", "BeginReceive");
        begin = call_sync(client, JOB(7), "BeginReceive", "a{sv}", 0);
        assert_number(begin, 0);
        twice = call_sync(client, JOB(7), "BeginReceive", "a{sv}", 0);
        assert_number(twice, 0); /* who has it has it */
        consume = call_sync(client, JOB(7), "Consume", "tta{sv}", UINT64_C(0), first, 0);
        assert_ok(consume);
        ck_assert_uint_eq(job->output.begin, first);
        changed = call_sync(client, JOB(7), "Consume", "tta{sv}", UINT64_C(0), first, 0);
        assert_error(changed, "Changed", "");
        back = call_sync(client, JOB(7), "Consume", "tta{sv}", first, first - 1, 0);
        assert_error(back, "InvalidArgument", "");
        far = call_sync(client, JOB(7), "Consume", "tta{sv}", first, UINT64_MAX, 0);
        assert_error(far, "InvalidArgument", "");
        middle = call_sync(client, JOB(7), "Consume", "tta{sv}", first, first + 1, 0);
        assert_error(middle, "InvalidArgument", "");
        ck_assert_uint_eq(job->output.begin, first);
        end = call_sync(client, JOB(7), "EndReceive", "a{sv}", 0);
        assert_ok(end);
        late = call_sync(client, JOB(7), "Consume", "tta{sv}", first, first, 0);
        assert_error(late, "Busy", "BeginReceive");
        again = call_sync(client, JOB(7), "EndReceive", "a{sv}", 0);
        assert_ok(again); /* nothing to give back is no error */
}
END_TEST

START_TEST(lease_is_exclusive) {
        g_autoptr(Client) a = client_new(fake.name, 0, false), b = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) begin = NULL, busy = NULL, receive = NULL, keep = NULL, consume = NULL,
                                  end = NULL, own = NULL, freed = NULL;
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "one");
        begin = call_sync(a, JOB(7), "BeginReceive", "a{sv}", 0);
        assert_ok(begin);
        busy = call_sync(b, JOB(7), "BeginReceive", "a{sv}", 1, "Wait", "b", 0);
        assert_error(busy, "Busy", "");
        receive = call_sync(b, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(100), 0);
        assert_error(receive, "Busy", "");
        keep = call_sync(b, JOB(7), "Receive", "bta{sv}", 1, UINT64_C(100), 0);
        assert_received(keep, "stdout:one", true);
        consume = call_sync(b, JOB(7), "Consume", "tta{sv}", UINT64_C(0), job->output.end, 0);
        assert_error(consume, "Busy", "");
        end = call_sync(b, JOB(7), "EndReceive", "a{sv}", 0); /* it is not b's to give back */
        assert_ok(end);
        own = call_sync(a, JOB(7), "Receive", "bta{sv}", 0, UINT64_C(100), 0);
        assert_received(own, "stdout:one", true);
        sd_bus_message_unref(call_sync(a, JOB(7), "EndReceive", "a{sv}", 0));
        freed = call_sync(b, JOB(7), "BeginReceive", "a{sv}", 1, "Wait", "b", 0);
        assert_number(freed, job->output.begin);
}
END_TEST

/* Those who wait get it in the order they came; what leaves, also while it waits, holds up nobody. */
START_TEST(lease_goes_round) {
        g_autoptr(Client) first = client_new(fake.name, 0, false), third = client_new(fake.name, 0, false),
                          watcher = client_new("org.freedesktop.DBus", 0, true);
        Client *leaves = client_new(fake.name, 0, false), *second = client_new(fake.name, 0, false);
        Call *of_leaves, *of_second;
        g_autoptr(Call) of_third = NULL;
        Job *job = fake_job(7, 0);

        fake_output(job, 0, "one");
        sd_bus_message_unref(call_sync(first, JOB(7), "BeginReceive", "a{sv}", 0));
        of_leaves = call_async(leaves, JOB(7), "BeginReceive", "a{sv}", 0);
        client_settle(leaves);
        of_second = call_async(second, JOB(7), "BeginReceive", "a{sv}", 0);
        client_settle(second);
        of_third = call_async(third, JOB(7), "BeginReceive", "a{sv}", 0);
        client_settle(third);

        call_free(of_leaves);
        client_free(leaves);
        loop_until(client_n_events(watcher, "NameOwnerChanged") > 0);
        client_settle(first);
        ck_assert_ptr_null(of_second->reply);
        sd_bus_message_unref(
                        call_sync(first, JOB(7), "Consume", "tta{sv}", UINT64_C(0), job->output.end, 0));
        sd_bus_message_unref(call_sync(first, JOB(7), "EndReceive", "a{sv}", 0));
        assert_number(call_wait(of_second), job->output.end); /* where the one before ended */
        client_settle(third);
        ck_assert_ptr_null(of_third->reply);

        /* the holder leaves */
        call_free(of_second);
        client_free(second);
        assert_number(call_wait(of_third), job->output.end);
}
END_TEST

START_TEST(lease_of_a_removed_job) {
        g_autoptr(Client) a = client_new(fake.name, 0, false), b = client_new(fake.name, 0, false);
        g_autoptr(Call) waiting = NULL;
        Job *job = fake_job(7, 0);

        sd_bus_message_unref(call_sync(a, JOB(7), "BeginReceive", "a{sv}", 0));
        waiting = call_async(b, JOB(7), "BeginReceive", "a{sv}", 0);
        client_settle(b);
        job_table_remove(fake.jobs, job);
        bus_job_removed(fake.server, job_id(7));
        assert_error(call_wait(waiting), "NoSuchJob", "7");
}
END_TEST

START_TEST(too_many_wait) {
        g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func((GDestroyNotify) call_free);
        g_autoptr(Client) a = client_new(fake.name, 0, false), b = client_new(fake.name, 0, false);
        g_autoptr(sd_bus_message) over = NULL;

        (void) fake_job(7, 0);
        sd_bus_message_unref(call_sync(a, JOB(7), "BeginReceive", "a{sv}", 0));
        for (guint i = 0; i < LEASE_WAITING_MAX; i++)
                g_ptr_array_add(calls, call_async(b, JOB(7), "BeginReceive", "a{sv}", 0));
        over = call_sync(b, JOB(7), "BeginReceive", "a{sv}", 0);
        assert_error(over, "LimitExceeded", "");
}
END_TEST

int main(void) {
        Suite *suite = suite_create("bus-receive");
        TCase *tcase = tcase_create("bus-receive");

        tcase_add_checked_fixture(tcase, fake_setup, fake_teardown);
        tcase_add_test(tcase, reads);
        tcase_add_test(tcase, read_waits_for_output);
        tcase_add_test(tcase, read_waits_for_the_end);
        tcase_add_test(tcase, read_times_out);
        tcase_add_test(tcase, read_of_a_removed_job);
        tcase_add_test(tcase, opens);
        tcase_add_test(tcase, receive_keeps);
        tcase_add_test(tcase, receive_consumes);
        tcase_add_test(tcase, unread_is_not_consumed);
        tcase_add_test(tcase, read_late_is_consumed_once);
        tcase_add_test(tcase, consumed_in_pieces);
        tcase_add_test(tcase, lease);
        tcase_add_test(tcase, lease_is_exclusive);
        tcase_add_test(tcase, lease_goes_round);
        tcase_add_test(tcase, lease_of_a_removed_job);
        tcase_add_test(tcase, too_many_wait);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
