/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/job-id.h"
#include "model/output-state.h"
#include "output/account.h"
#include "output/journal-record.h"

/*
 * From the journal into the caches of all unfinished jobs, each byte once.
 *
 * One sd_journal follows the namespace, from its end on; it is open only while there are jobs. Whatever may
 * have passed before it was looking (a restart, an unknown pid, a gap, a full disk) is asked for again by
 * the job's UUID, from the head of the journal; the offsets make that harmless. One such query runs at a
 * time, in slices.
 *
 *   record of a job ──► trusted? ──► offset = next ──► cache
 *                          │             < next: a repeat
 *                          │             > next: a gap: passed over, until a replay or a query fills it
 *                          └ no: ignored
 *
 * A gap is booked as lost when nothing can fill it any more: 8 MiB of the job's later output are in the
 * journal (jobd-exec replays the last 1 MiB), or jobd-exec is done, and a query from the head did not find
 * the bytes. Otherwise a job could wait for ever for its window. Its size is not bounded: journald may have
 * vacuumed any amount while jobd was away.
 */
typedef struct Collector Collector;

/*
 * Called at the end of a batch, from the event loop, never from within a call into the collector. They may
 * call collector_remove() for any job. All must be set.
 */
typedef struct CollectorEvents {
        /* The job's cache grew: OutputState is new, readers may go on. */
        void (*progress)(JobId id, void *userdata);

        /* To be sent with channel_acknowledge(). */
        void (*acknowledge)(JobId id, uint64_t cached, uint64_t allowed, void *userdata);

        /*
         * Once a job: everything it wrote is in the cache, or booked as lost. `exit` is NULL if there is no
         * exit record; that is certain only after collector_finish() and not called before. Then only
         * collector_remove() is left to do.
         */
        void (*exited)(JobId id, const ExitRecord *exit, void *userdata);

        /*
         * The cache cannot be opened or written: r < 0 (−ENOSPC, −EIO, …), once an episode; the job's output
         * stays in the journal, the job waits when it is CONTROL_WINDOW ahead, and it is tried again every
         * few seconds. r = 0: it is over. No exited() in between.
         */
        void (*trouble)(JobId id, int r, void *userdata);

        /* Answer to collector_find_pid(): 0 if there is no start record. */
        void (*pid_found)(JobId id, pid_t pid, void *userdata);
} CollectorEvents;

/*
 * `state_dir`: as in cache.h, stays the caller's. `directory`: of a journal, for tests; NULL for jobd's
 * namespace. `events` must stay.
 */
int collector_new(sd_event *event, int state_dir, const char *directory, const CollectorEvents *events,
                  void *userdata, Collector **ret);
void collector_free(Collector *collector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Collector, collector_free)

typedef struct CollectorJob {
        JobId id;
        const char *uuid;   /* copied */
        uid_t uid;          /* as whom it runs */
        pid_t pid;          /* main process of its unit; 0: not known yet */
        OutputState *state; /* borrowed until collector_remove() */
        OutputLimit limit;
        bool restarted; /* it may have run before this jobd: ask the journal from its head */
} CollectorJob;

/*
 * From now on the job's records count; before its unit is started, or after a restart of jobd. Opens the
 * journal for the first one, and the job's cache. −EEXIST for an id or UUID that is there; −errno of
 * cache_open(), but of a `restarted` job, whose output is there, what is transient is no error: trouble()
 * tells, and it is tried again. Nor is a journal that cannot be opened, or is not there yet.
 */
int collector_add(Collector *collector, const CollectorJob *job);

/* The job no longer exists, or is done. Closes its cache; the journal too if it was the last. Unknown ids
 * are fine. */
void collector_remove(Collector *collector, JobId id);

/* The main process became known (HELLO on the control socket, or MainPID). The first one that is not 0
 * counts. */
void collector_set_pid(Collector *collector, JobId id, pid_t pid);

/*
 * After a restart, where neither socket nor systemd tells: the sender of the first start record with this
 * UUID, the right uid and unit, which was sent before the command existed. Ends in pid_found(), and the pid
 * is set.
 */
void collector_find_pid(Collector *collector, JobId id);

/* CONTROL_HINT arrived: read now; an ACK follows when the bytes are in the cache. */
void collector_hint(Collector *collector, JobId id, const uint64_t bytes[2]);

/*
 * True if journald is at work: within a minute it has stored something of some job. `waited` µs: for how
 * long somebody has waited for it in vain; an idle one stores nothing.
 */
bool collector_journal_moves(const Collector *collector, uint64_t waited);

/* CONTROL_DONE arrived: the exit record is in the journal, unless `flags` says otherwise. */
void collector_done(Collector *collector, JobId id, uint32_t flags, const uint64_t bytes[2]);

/*
 * The unit is gone. Waits until journald has handled what was queued to it (unless DONE said so), reads to
 * the end, asks once more by UUID from the head if something is missing; always ends in exited(), at once in
 * the next turn if everything is there. Without a known pid, call collector_find_pid() before: if there is
 * none, no record counts.
 */
void collector_finish(Collector *collector, JobId id);

/* Something was consumed: a job with a block limit may go on. */
void collector_consumed(Collector *collector, JobId id);

/*
 * Output of an owner has gone, or is not held open any more: his jobs that have a block limit may go on.
 * While he holds some (held.h), a timer looks for its end. NULL is fine; the accounts must stay.
 */
void collector_freed(Collector *collector, OutputAccount *account);

/* The limit of all accounts is another: jobs that have a block limit are told what that allows them. */
void collector_limit_changed(Collector *collector);

/* acknowledge() is called with the present numbers; for a control socket that came out of the descriptor
 * store. */
void collector_acknowledge(Collector *collector, JobId id);
