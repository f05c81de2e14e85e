/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "output/journal-record.h"

/*
 * Reads jobd's records from a journal, in slices of bounded time, from the event loop: never blocks it.
 * Sleeps at the end until somebody calls reader_wake(), or journald's inotify event comes (which it holds
 * back by up to 250 ms).
 */
typedef struct Reader Reader;

typedef struct ReaderEvents {
        /* One record. Must not call into the reader, but for reader_mark(). */
        void (*record)(const JournalRecord *record, void *userdata);
        /*
         * After each slice; at_end: there was nothing more to read. r < 0: the journal failed and is closed
         * (open it again, later). May call anything, reader_free() too.
         */
        void (*slice)(bool at_end, int r, void *userdata);
} ReaderEvents;

/* `directory`: of a journal, for tests; NULL for jobd's namespace. Nothing is opened yet. `events` must
 * stay. */
int reader_new(sd_event *event, const char *directory, const ReaderEvents *events, void *userdata,
               Reader **ret);
void reader_free(Reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

/*
 * Opens the journal if it is closed, and stands behind its last record. 1: it is open. 0: there is no
 * journal yet (no directory, no file): then everything is new to the later call that finds one, and that
 * stands at its head. −errno.
 */
int reader_follow(Reader *reader);

/* Opens the journal if it is closed, and stands before its first record of this job; no other's are read. As
 * above. */
int reader_query(Reader *reader, const char *uuid);

/*
 * −errno if descriptors ran short: what was not found may be there all the same. Then the journal is closed,
 * to be opened again later.
 */
int reader_check(Reader *reader);

/* Forgets, too, that there was no journal. */
void reader_close(Reader *reader);

bool reader_is_open(const Reader *reader);

/* Read in the next turn of the loop. No effect while closed. */
void reader_wake(Reader *reader);

/* Undoes reader_wake(). */
void reader_sleep(Reader *reader);

/* From record(): remember this entry. reader_rewind(): the next slice begins with it again. */
void reader_mark(Reader *reader);
int reader_rewind(Reader *reader);
