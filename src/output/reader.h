/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "output/journal-record.h"

/*
 * Reads jobd's records from a journal, in slices of bounded time, from the event loop: never blocks it. Sleeps at the
 * end until somebody calls reader_wake(), or journald's inotify event comes (which it holds back by up to 250 ms).
 */
typedef struct Reader Reader;

typedef struct ReaderEvents {
        /* One record. Must not call into the reader, but for reader_mark(). */
        void (*record)(const JournalRecord *record, void *userdata);
        /*
         * After each slice; at_end: there was nothing more to read. r < 0: the journal failed and is closed
         * (reader_open() again, later). May call anything, reader_free() too.
         */
        void (*slice)(bool at_end, int r, void *userdata);
} ReaderEvents;

/* `directory`: of a journal, for tests; NULL for jobd's namespace. Nothing is opened yet. `events` must stay. */
int reader_new(sd_event *event, const char *directory, const ReaderEvents *events, void *userdata,
               Reader **ret);
void reader_free(Reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

/*
 * Opens the journal and stands behind its last record. 0 if there is no journal yet (no directory, no file):
 * then everything is new when a later call finds one, and that call stands at its head. 1 if it is open. −errno.
 */
int reader_open(Reader *reader);
void reader_close(Reader *reader);
bool reader_is_open(const Reader *reader);

/* Read in the next turn of the loop. No effect while closed. */
void reader_wake(Reader *reader);

/* From the head, records of this job alone; opens the journal if it is closed. Returns as reader_open(). */
int reader_query(Reader *reader, const char *uuid);

/* From record(): remember this entry. reader_rewind(): the next slice reads from it again; −ESTALE if it is gone. */
void reader_mark(Reader *reader);
int reader_rewind(Reader *reader);
