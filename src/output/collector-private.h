/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "output/collected-job.h"
#include "output/query.h"
#include "output/reader.h"

/*
 * Inside the collector: collector.c has the calls from outside, collector-journal.c what comes from the
 * journal, collector-tell.c what goes out, collector-room.c who waits for room on the disk. The journal's
 * side never calls out: it marks jobs as due, and the next turn of the loop flushes their caches and tells.
 */

#define USEC_PER_MSEC UINT64_C(1000)

/* Hinted bytes that are not in the journal yet: journald is at work on them. */
#define HINT_PAUSE_MIN (1 * USEC_PER_MSEC)
#define HINT_PAUSE_MAX (250 * USEC_PER_MSEC)
#define HINT_WAIT_MAX  (5000 * USEC_PER_MSEC)

/* A journald that stores nothing for so long is given up. systemd's own watchdog takes three minutes. */
#define JOURNAL_PATIENCE (60000 * USEC_PER_MSEC)

/* A cache that cannot be written, or a journal that cannot be opened. */
#define TROUBLE_PAUSE_MIN (500 * USEC_PER_MSEC)
#define TROUBLE_PAUSE_MAX (8000 * USEC_PER_MSEC)

struct Collector {
        sd_event *event;
        int state_dir;
        bool has_journald; /* not a directory for tests */
        const CollectorEvents *events;
        void *userdata;

        JobMap *by_id;       /* CollectedJob, owned */
        GHashTable *by_uuid; /* the same */

        Reader *follower;
        bool follow_failed; /* what comes until it can be opened is missed */
        bool query_failed;  /* none is begun before the trouble timer */
        uint64_t moved;     /* when the follower has last seen a record */
        Query *query;
        GQueue due;     /* something is to be flushed or told */
        GQueue waiting; /* hinted bytes have not come */
        GQueue ending;  /* final: what is missing at the journal's end is asked for */
        GQueue queries; /* wait for their turn */

        sd_event_source *turn, *hint_timer, *trouble_timer, *held_timer, *linger_timer;
        uint64_t hint_pause, hint_waited, trouble_pause, held_pause;
        Accounts *accounts; /* what held_timer looks at; set with it */
};

/* collector.c */

CollectedJob *collector_find(Collector *collector, JobId id);

/* `link`: the job's own of that queue. Nothing happens if it is (not) there. */
void collector_enqueue(GQueue *queue, GList *link, CollectedJob *job);
void collector_dequeue(GQueue *queue, GList *link);

void collector_set_due(CollectedJob *job);
void collector_wake_turn(Collector *collector);

/* Calls the timer's function once, `usec` from now. */
void collector_arm(sd_event_source *timer, uint64_t usec);
bool collector_is_armed(sd_event_source *timer);

/* collector-journal.c */

extern const ReaderEvents collector_follower_events;
extern const QueryEvents collector_query_events;

/* Opens the journal if it is closed. */
void collector_follow(Collector *collector);

/* The journal is asked for all records of the job, when its turn comes. */
void collector_want_query(CollectedJob *job);
bool collector_is_querying(const CollectedJob *job);
void collector_start_queries(Collector *collector);

/* The job's cache cannot be written: its records are passed over until a query of the trouble timer
 * succeeds. */
void collector_set_error(CollectedJob *job, int r);
void collector_on_trouble_timer(Collector *collector);

/* If hinted bytes have not come, looks again after a growing pause; not for ever. */
void collector_wait_for_hints(Collector *collector);
void collector_restart_hint_wait(Collector *collector);

/* collector-tell.c */

/* Flushes the cache of a job that is due, and tells what there is to tell. The job may be gone
 * afterwards. */
void collector_settle(Collector *collector, JobId id);

/* collector-room.c */

/* What nobody reads any more goes, and its room is told of; again later, while anything is held. */
void collector_on_held_timer(Collector *collector);
