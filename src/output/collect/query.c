/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "output/collect/query.h"
#include "output/reader.h"

struct Query {
        Reader *reader;
        const QueryEvents *events;
        void *userdata;

        Sender *sender; /* NULL: nothing runs */
        bool final;
        bool finding; /* the start record, to begin anew when it is found */
        bool grew;
        int error; /* of the cache */

        /* The open gaps, from the first record that was passed over. */
        bool marked;
        uint64_t gap_end[2]; /* lowest offset passed over in each stream; UINT64_MAX: none */
        uint64_t behind;     /* bytes passed over */
};

static void forget_gap(Query *query) {
        query->marked = false;
        query->gap_end[0] = query->gap_end[1] = UINT64_MAX;
        query->behind = 0;
}

static bool gap_is_filled(const Query *query) {
        for (int i = 0; i < 2; i++)
                if (query->gap_end[i] != UINT64_MAX &&
                    cache_next(query->sender->intake.cache, i) < query->gap_end[i])
                        return false;
        return true;
}

static bool gap_is_settled(const Query *query) {
        return query->marked && (query->behind > QUERY_HOPELESS || gap_is_filled(query));
}

static void on_record(const JournalRecord *record, void *userdata) {
        Query *query = userdata;
        int r;

        if (query->error < 0)
                return;
        if (query->finding) {
                if (query->sender->pid == 0)
                        (void) sender_find_pid(query->sender, record);
                return;
        }
        r = sender_record(query->sender, record);
        if (r < 0)
                query->error = r;
        else if (r == TAKEN_NEW)
                query->grew = true;
        else if (r == TAKEN_GAP) {
                if (!query->marked)
                        reader_mark(query->reader);
                query->marked = true;
                query->gap_end[record->stream] = MIN(query->gap_end[record->stream], record->offset);
                query->behind += record->size;
        }
}

/* Books what is still missing before the records that were passed over. */
static void give_up_gap(Query *query) {
        for (int i = 0; i < 2; i++)
                if (query->gap_end[i] != UINT64_MAX &&
                    cache_next(query->sender->intake.cache, i) < query->gap_end[i])
                        cache_lose(query->sender->intake.cache, i, query->gap_end[i]);
        query->grew = true;
}

static void finish(Query *query, int r, bool in_cache) {
        Sender *sender = query->sender;

        query_stop(query);
        query->events->done(sender, r, in_cache, query->userdata);
}

/* What the end of a slice means: true if the query goes on. */
static bool advance(Query *query, bool at_end, int *r) {
        if (query->finding && (query->sender->pid != 0 || at_end)) {
                query->finding = false;
                if (query->sender->pid == 0)
                        return false;
                *r = reader_query(query->reader, query->sender->uuid);
                return *r > 0;
        }
        if (gap_is_settled(query) || (query->marked && at_end && query->final)) {
                give_up_gap(query);
                forget_gap(query);
                *r = reader_rewind(query->reader);
                return *r >= 0;
        }
        return !at_end;
}

static void on_slice(bool at_end, int r, void *userdata) {
        Query *query = userdata;
        Sender *sender = query->sender;
        bool grew, goes_on;

        if (at_end && r >= 0)
                r = reader_check(query->reader);
        if (r < 0 || query->error < 0) {
                finish(query, r < 0 ? r : query->error, r >= 0);
                return;
        }
        goes_on = advance(query, at_end, &r);
        grew = query->grew;
        query->grew = false;
        if (grew)
                query->events->progress(sender, query->userdata);
        if (!goes_on)
                finish(query, MIN(r, 0), false);
}

static const ReaderEvents reader_events = { on_record, on_slice };

int query_new(sd_event *event, const char *directory, const QueryEvents *events, void *userdata,
              Query **ret) {
        g_autoptr(Query) query = g_new0(Query, 1);
        int r;

        query->events = events;
        query->userdata = userdata;
        r = reader_new(event, directory, &reader_events, query, &query->reader);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&query);
        return 0;
}

void query_free(Query *query) {
        if (!query)
                return;
        reader_free(query->reader);
        g_free(query);
}

int query_start(Query *query, Sender *sender) {
        int r = reader_query(query->reader, sender->uuid);

        if (r <= 0)
                return r;
        query->sender = sender;
        query->finding = sender->pid == 0;
        query->final = query->grew = false;
        query->error = 0;
        forget_gap(query);
        return 1;
}

void query_set_final(Query *query) {
        query->final = true;
}

const Sender *query_running(const Query *query) {
        return query->sender;
}

void query_stop(Query *query) {
        query->sender = NULL;
        reader_sleep(query->reader);
}

void query_close(Query *query) {
        reader_close(query->reader);
}
