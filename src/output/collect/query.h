/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "output/collect/sender.h"

/*
 * Reads everything the journal has of one job, from its head; one job at a time.
 *
 * At a gap it remembers the first record behind it and reads on: a replay stands further down. When that
 * came, or when nothing can fill the gap any more (then the bytes are booked as lost), it goes back to that
 * record. Each time it goes back, the cache has got further.
 */
typedef struct Query Query;

/* Bytes behind a gap after which no replay can fill it. jobd-exec keeps 1 MiB, and journald may die several
 * times. */
#define QUERY_HOPELESS (8U * 1024U * 1024U)

typedef struct QueryEvents {
        /* After a slice that put something into the cache (not flushed yet). */
        void (*progress)(Sender *sender, void *userdata);
        /*
         * The query is over, the next one may be started. r = 0: to the end of the journal. r < 0: the cache
         * (in_cache), or the journal, failed.
         */
        void (*done)(Sender *sender, int r, bool in_cache, void *userdata);
} QueryEvents;

/* Parameters as of reader_new(). */
int query_new(sd_event *event, const char *directory, const QueryEvents *events, void *userdata,
              Query **ret);
void query_free(Query *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Query, query_free)

/*
 * Begins; `sender` is borrowed until done() or query_stop(). Without a pid it looks for the start record
 * first. 1: under way. 0: there is no journal, done() is not called. −errno.
 */
int query_start(Query *query, Sender *sender);

/*
 * The running query's sender is final (jobd-exec is done, journald has handled everything): a gap that is
 * still there at the end is, too.
 */
void query_set_final(Query *query);

/* Whose records the running query reads, NULL for none. */
const Sender *query_running(const Query *query);

/* Stops without done(). */
void query_stop(Query *query);

/* Closes the journal; not while a query runs. */
void query_close(Query *query);
