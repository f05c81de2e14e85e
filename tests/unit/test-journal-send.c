/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <inttypes.h>

#include "fake-journal-socket.h"
#include "run.h"
#include "systemd/journal-send.h"

static GString *make_lost(uint64_t n) {
        GString *entry = g_string_new(NULL);

        journal_addf(entry, "LOST", "%" PRIu64, n);
        return entry;
}

static JournalSender *sender_new(void) {
        JournalSender *sender;

        ck_assert_int_eq(journal_sender_new(loop, journal_path, make_lost, &sender), 0);
        return sender;
}

/* NUMBER=n, and so many bytes more. */
static void send_number(JournalSender *sender, guint n, gsize bytes) {
        g_autofree char *padding = g_strnfill(bytes, 'x');
        GString *entry = g_string_new(NULL);

        journal_addf(entry, "NUMBER", "%u", n);
        journal_add(entry, "PADDING", padding);
        journal_send(sender, entry);
}

static void assert_next(const char *field, guint64 value) {
        g_autoptr(GHashTable) fields = journal_take_fields();

        ck_assert_ptr_nonnull(fields);
        ck_assert_ptr_nonnull(g_hash_table_lookup(fields, field));
        ck_assert_uint_eq(g_ascii_strtoull(g_hash_table_lookup(fields, field), NULL, 10), value);
}

static void assert_nothing(void) {
        g_autoptr(GBytes) datagram = journal_wait();

        ck_assert_ptr_null(datagram);
}

START_TEST(wire_format) {
        static const char expected[] = "A=b=c\nTWO\n\3\0\0\0\0\0\0\0x\ny\nEMPTY=\n";
        g_autoptr(JournalSender) sender = NULL;
        g_autoptr(GBytes) datagram = NULL;
        GString *entry = g_string_new(NULL);

        journal_listen();
        sender = sender_new();
        journal_add(entry, "A", "b=c");
        journal_add(entry, "TWO", "x\ny");
        journal_add(entry, "EMPTY", "");
        journal_send(sender, entry);
        datagram = journal_take();
        ck_assert_ptr_nonnull(datagram);
        ck_assert_uint_eq(g_bytes_get_size(datagram), sizeof(expected) - 1);
        ck_assert_mem_eq(g_bytes_get_data(datagram, NULL), expected, sizeof(expected) - 1);
}
END_TEST

/* More than any socket takes, and less than what is kept: all of it arrives, in order. */
START_TEST(a_reader_that_is_slow) {
        g_autoptr(JournalSender) sender = NULL;

        journal_listen();
        sender = sender_new();
        for (guint i = 0; i < 2000; i++)
                send_number(sender, i, 1000);
        for (guint i = 0; i < 2000; i++)
                assert_next("NUMBER", i);
        assert_nothing();
}
END_TEST

START_TEST(a_reader_that_is_too_slow) {
        g_autoptr(JournalSender) sender = NULL;
        guint sent = 200, taken = 0;

        journal_listen();
        sender = sender_new();
        for (guint i = 0; i < sent; i++)
                send_number(sender, i, 64 * 1024);
        for (;; taken++) {
                g_autoptr(GHashTable) fields = journal_take_fields();
                const char *lost;

                ck_assert_ptr_nonnull(fields);
                lost = g_hash_table_lookup(fields, "LOST");
                if (lost) {
                        ck_assert_uint_eq(g_ascii_strtoull(lost, NULL, 10), sent - taken);
                        break;
                }
                ck_assert_uint_eq(g_ascii_strtoull(g_hash_table_lookup(fields, "NUMBER"), NULL, 10), taken);
        }
        ck_assert_uint_ge(taken, JOURNAL_WAITING_MAX / (65 * 1024));
        ck_assert_uint_lt(taken, sent);
        assert_nothing();
        send_number(sender, 7, 0);
        assert_next("NUMBER", 7);
        assert_nothing();
}
END_TEST

START_TEST(no_journal_at_first) {
        g_autoptr(JournalSender) sender = sender_new();

        for (guint i = 0; i < 3; i++)
                send_number(sender, i, 10);
        journal_listen();
        send_number(sender, 3, 10);
        assert_next("NUMBER", 3);
        assert_next("LOST", 3);
        assert_nothing();
}
END_TEST

START_TEST(a_new_socket) {
        g_autoptr(JournalSender) sender = NULL;

        journal_listen();
        sender = sender_new();
        send_number(sender, 0, 10);
        assert_next("NUMBER", 0);
        journal_close();
        journal_listen();
        send_number(sender, 1, 10);
        assert_next("NUMBER", 1);
        assert_nothing();
}
END_TEST

/* What waited for the old one goes to the new one. */
START_TEST(a_new_socket_while_some_wait) {
        g_autoptr(JournalSender) sender = NULL;

        journal_listen();
        sender = sender_new();
        for (guint i = 0; i < 2000; i++)
                send_number(sender, i, 1000);
        journal_close();
        journal_listen();
        for (guint i = 0; i < 2000; i++) {
                g_autoptr(GHashTable) fields = journal_take_fields();

                ck_assert_ptr_nonnull(fields);
                if (i == 0) /* those in the old socket are gone with it */
                        i = (guint) g_ascii_strtoull(g_hash_table_lookup(fields, "NUMBER"), NULL, 10);
                ck_assert_uint_eq(g_ascii_strtoull(g_hash_table_lookup(fields, "NUMBER"), NULL, 10), i);
        }
        assert_nothing();
}
END_TEST

int main(void) {
        Suite *suite = suite_create("journal-send");
        TCase *tcase = tcase_create("journal-send");

        tcase_add_checked_fixture(tcase, journal_setup, journal_teardown);
        tcase_add_test(tcase, wire_format);
        tcase_add_test(tcase, a_reader_that_is_slow);
        tcase_add_test(tcase, a_reader_that_is_too_slow);
        tcase_add_test(tcase, no_journal_at_first);
        tcase_add_test(tcase, a_new_socket);
        tcase_add_test(tcase, a_new_socket_while_some_wait);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
