/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <string.h>

#include "output/reader.h"

/*
 * A journal in memory in place of src/output/reader.c: the linker takes these functions instead of the
 * library's. Tests append records in any order they like, and say what a follower does not get to see.
 */
typedef struct FakeJournal {
        GPtrArray *records; /* JournalRecord; the bytes stand behind each */
        bool absent;
        int open_error;  /* of the next attempts */
        int slice_error; /* of the next slice of a follower, once */
        int check_error; /* of all checks */
        guint blind;     /* a follower passes over this many of the next records */
        guint slice;     /* records in one slice */
        guint readers;   /* that are open */
} FakeJournal;

static FakeJournal journal;

static inline void fake_journal_init(void) {
        journal = (FakeJournal){ .records = g_ptr_array_new_with_free_func(g_free), .slice = 3 };
}

static inline void fake_journal_clear(void) {
        g_ptr_array_unref(journal.records);
}

/* Copies the record and its bytes. */
static inline void fake_journal_add(const JournalRecord *record) {
        JournalRecord *copy = g_malloc(sizeof(*copy) + record->size);

        *copy = *record;
        if (record->size > 0)
                memcpy(copy + 1, record->data, record->size);
        copy->data = copy + 1;
        g_ptr_array_add(journal.records, copy);
}

struct Reader {
        const ReaderEvents *events;
        void *userdata;
        sd_event_source *turn;
        bool open, was_absent;
        char uuid[JOBD_UUID_SIZE];
        guint at, mark;
};

static int fake_slice(sd_event_source *source, void *userdata) {
        Reader *reader = userdata;
        int r = 0;

        if (reader->uuid[0] == '\0' && journal.slice_error < 0) {
                r = journal.slice_error;
                journal.slice_error = 0;
                reader_close(reader);
        }
        for (guint n = 0; r == 0 && n < journal.slice && reader->at < journal.records->len;
             reader->at++, n++) {
                const JournalRecord *record = g_ptr_array_index(journal.records, reader->at);

                if (reader->uuid[0] == '\0' && journal.blind > 0)
                        journal.blind--;
                else if (reader->uuid[0] == '\0' || strcmp(reader->uuid, record->uuid) == 0)
                        reader->events->record(record, reader->userdata);
        }
        if (r == 0 && reader->at < journal.records->len)
                reader_wake(reader);
        reader->events->slice(r == 0 && reader->at == journal.records->len, r, reader->userdata);
        return 0;
}

int reader_new(sd_event *event, const char *directory, const ReaderEvents *events, void *userdata,
               Reader **ret) {
        Reader *reader = g_new0(Reader, 1);

        reader->events = events;
        reader->userdata = userdata;
        if (sd_event_add_defer(event, &reader->turn, fake_slice, reader) < 0 ||
            sd_event_source_set_enabled(reader->turn, SD_EVENT_OFF) < 0)
                abort();
        *ret = reader;
        return 0;
}

void reader_free(Reader *reader) {
        if (!reader)
                return;
        reader_close(reader);
        sd_event_source_disable_unref(reader->turn);
        g_free(reader);
}

static int fake_open(Reader *reader) {
        if (journal.open_error < 0)
                return journal.open_error;
        if (journal.absent)
                return 0;
        reader->open = true;
        journal.readers++;
        return 1;
}

int reader_follow(Reader *reader) {
        int r;

        if (reader->open)
                return 1;
        r = fake_open(reader);
        if (r > 0) {
                reader->at = reader->was_absent ? 0 : journal.records->len;
                reader_wake(reader);
        }
        reader->was_absent = r == 0;
        return r;
}

int reader_query(Reader *reader, const char *uuid) {
        int r = reader->open ? 1 : fake_open(reader);

        if (r > 0) {
                (void) g_strlcpy(reader->uuid, uuid, sizeof(reader->uuid));
                reader->at = 0;
                reader_wake(reader);
        }
        return r;
}

void reader_close(Reader *reader) {
        if (reader->open)
                journal.readers--;
        reader->open = reader->was_absent = false;
        (void) sd_event_source_set_enabled(reader->turn, SD_EVENT_OFF);
}

int reader_check(Reader *reader) {
        if (journal.check_error < 0)
                reader_close(reader);
        return journal.check_error;
}

bool reader_is_open(const Reader *reader) {
        return reader->open;
}

void reader_wake(Reader *reader) {
        if (reader->open)
                (void) sd_event_source_set_enabled(reader->turn, SD_EVENT_ONESHOT);
}

void reader_sleep(Reader *reader) {
        (void) sd_event_source_set_enabled(reader->turn, SD_EVENT_OFF);
}

void reader_mark(Reader *reader) {
        reader->mark = reader->at;
}

int reader_rewind(Reader *reader) {
        reader->at = reader->mark;
        reader_wake(reader);
        return 0;
}
