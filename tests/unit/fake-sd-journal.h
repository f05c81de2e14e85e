/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

/*
 * A journal in memory in place of libsystemd's: what a program defines itself, the linker does not take from
 * a library. Entries are lines NAME=VALUE, added by entry(), or an error that reading them gives.
 */
typedef struct FakeEntry {
        GPtrArray *fields; /* GBytes */
        int error;         /* of sd_journal_get_data() */
} FakeEntry;

static struct {
        GPtrArray *entries;
        int next_error; /* of sd_journal_next(), once */
        unsigned processed;
        bool absent;
        unsigned open;
} fake;

struct sd_journal {
        unsigned at; /* behind the entry that it stands on; 0: before the first */
        bool tail;
        char *match;
        int pipe[2]; /* stands for inotify */
};

static inline void entry_free(void *p) {
        FakeEntry *entry = p;

        g_ptr_array_unref(entry->fields);
        g_free(entry);
}

static inline void fake_init(void) {
        fake.entries = g_ptr_array_new_with_free_func(entry_free);
        fake.next_error = 0;
        fake.absent = false;
        fake.open = fake.processed = 0;
}

static inline void fake_clear(void) {
        g_ptr_array_unref(fake.entries);
}

static inline void field_unref(void *p) {
        g_bytes_unref(p);
}

static inline FakeEntry *new_entry(void) {
        FakeEntry *entry = g_new0(FakeEntry, 1);

        entry->fields = g_ptr_array_new_with_free_func(field_unref);
        g_ptr_array_add(fake.entries, entry);
        return entry;
}

static inline void add_field(FakeEntry *entry, const void *field, size_t size) {
        g_ptr_array_add(entry->fields, g_bytes_new(field, size));
}

int sd_journal_open_directory(sd_journal **ret, const char *path, int flags) {
        if (fake.absent)
                return -ENOENT;
        *ret = g_new0(sd_journal, 1);
        if (pipe2((*ret)->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
                abort();
        fake.open++;
        return 0;
}

void sd_journal_close(sd_journal *journal) {
        close(journal->pipe[0]);
        close(journal->pipe[1]);
        g_free(journal->match);
        g_free(journal);
        fake.open--;
}

int sd_journal_get_fd(sd_journal *journal) {
        return journal->pipe[0];
}

int sd_journal_set_data_threshold(sd_journal *journal, size_t size) {
        return size > 65536 + sizeof("MESSAGE=") ? 0 : -EINVAL;
}

int sd_journal_add_match(sd_journal *journal, const void *data, size_t size) {
        g_free(journal->match);
        journal->match = g_strdup(data);
        return 0;
}

void sd_journal_flush_matches(sd_journal *journal) {
        g_clear_pointer(&journal->match, g_free);
}

static inline bool matches(const sd_journal *journal, unsigned i) {
        const FakeEntry *entry = g_ptr_array_index(fake.entries, i);

        if (!journal->match)
                return true;
        for (guint k = 0; k < entry->fields->len; k++) {
                gsize size;
                const char *field = g_bytes_get_data(g_ptr_array_index(entry->fields, k), &size);

                if (size == strlen(journal->match) && memcmp(field, journal->match, size) == 0)
                        return true;
        }
        return false;
}

int sd_journal_seek_head(sd_journal *journal) {
        journal->at = 0;
        journal->tail = false;
        return 0;
}

/* As the real one: what comes later is not seen from here. */
int sd_journal_seek_tail(sd_journal *journal) {
        journal->tail = true;
        return 0;
}

int sd_journal_previous(sd_journal *journal) {
        unsigned i = journal->tail ? fake.entries->len : journal->at - 1;

        for (; i > 0; i--)
                if (matches(journal, i - 1)) {
                        journal->at = i;
                        journal->tail = false;
                        return 1;
                }
        return 0;
}

int sd_journal_next(sd_journal *journal) {
        int r = fake.next_error;

        fake.next_error = 0;
        if (r < 0)
                return r;
        if (journal->tail)
                return 0;
        while (journal->at < fake.entries->len)
                if (matches(journal, journal->at++))
                        return 1;
        return 0;
}

int sd_journal_process(sd_journal *journal) {
        char byte;

        fake.processed++;
        return read(journal->pipe[0], &byte, 1) > 0 ? SD_JOURNAL_APPEND : SD_JOURNAL_NOP;
}

int sd_journal_get_data(sd_journal *journal, const char *name, const void **ret, size_t *ret_size) {
        const FakeEntry *entry = g_ptr_array_index(fake.entries, journal->at - 1);
        const size_t length = strlen(name);

        if (entry->error < 0)
                return entry->error;
        for (guint k = 0; k < entry->fields->len; k++) {
                gsize size;
                const char *field = g_bytes_get_data(g_ptr_array_index(entry->fields, k), &size);

                if (size > length && field[length] == '=' && memcmp(field, name, length) == 0) {
                        *ret = field;
                        *ret_size = size;
                        return 0;
                }
        }
        return -ENOENT;
}

int sd_journal_get_realtime_usec(sd_journal *journal, uint64_t *ret) {
        *ret = 1000 + journal->at;
        return 0;
}

int sd_journal_get_cursor(sd_journal *journal, char **ret) {
        *ret = g_strdup_printf("%u", journal->at);
        return 0;
}

/* The entry itself comes with the next sd_journal_next(). */
int sd_journal_seek_cursor(sd_journal *journal, const char *cursor) {
        journal->at = (unsigned) atoi(cursor) - 1;
        return 0;
}
