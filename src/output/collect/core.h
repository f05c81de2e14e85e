/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "output/collect/query.h"
#include "output/collect/sender.h"
#include "output/reader.h"

/*
 * Inside the collector: what there is of it, and what its files do to that alike. It acts on nothing:
 *
 *   collector.c ──► events.c, space.c, follow.c ──► catch-up.c ──► core.c
 *
 * collector.c has the calls from outside and the timers, follow.c and catch-up.c what comes from the
 * journal, events.c what goes out, space.c who waits for room on the disk. The journal's side never calls
 * out: it marks senders as due, and the next turn of the loop flushes their caches and tells.
 */

#define USEC_PER_MSEC UINT64_C(1000)

/* Hinted bytes that are not in the journal yet: journald is at work on them. */
#define HINT_PAUSE_MIN (1 * USEC_PER_MSEC)

struct Collector {
        sd_event *event;
        int state_dir;
        bool has_journald; /* not a directory for tests */
        const CollectorEvents *events;
        void *userdata;

        JobMap *by_id;       /* Sender, owned */
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

Sender *core_find(Collector *collector, JobId id);

/* `link`: the sender's own of that queue. Nothing happens if it is (not) there. */
void core_enqueue(GQueue *queue, GList *link, Sender *sender);
void core_dequeue(GQueue *queue, GList *link);

/* Of all queues. */
void core_dequeue_all(Sender *sender);

void core_set_due(Sender *sender);
void core_wake_turn(Collector *collector);

/* An ACK goes out in the next turn. */
void core_owe_acknowledge(Sender *sender);

/* A new timer is off. core_arm() calls its function once, `usec` from now. */
int core_new_timer(Collector *collector, sd_event_time_handler_t func, const char *name,
                   sd_event_source **ret);
void core_arm(sd_event_source *timer, uint64_t usec);
bool core_is_armed(sd_event_source *timer);

/* Something does not work: it is tried again after a pause, which grows until something works again. */
void core_arm_trouble(Collector *collector);
void core_end_trouble(Collector *collector);

/* The job's cache cannot be written: its records are passed over until a query of the trouble timer
 * succeeds. */
void core_set_error(Sender *sender, int r);

/* The journal is asked for all records of the sender, when its turn comes. */
void core_want_query(Sender *sender);
bool core_is_querying(const Sender *sender);

void core_restart_hint_wait(Collector *collector);
