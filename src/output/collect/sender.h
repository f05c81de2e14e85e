/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/barrier.h"
#include "output/collect/collector.h"
#include "output/collect/intake.h"
#include "output/collect/stage.h"

/* An ACK goes out unasked when the cache has come this much further, so that jobd-exec never waits at its
 * window. */
#define SENDER_ACK_BYTES (4U * 1024U * 1024U)

/*
 * The jobd-exec of one unit: whose records count, how far it is, what it has said to be in the journal, and
 * what it is told. What it sends goes to the intake of its job. No events, no journal.
 */
typedef struct Sender {
        Collector *collector;
        Intake intake;

        /* Who it is. */
        char uuid[JOBD_UUID_SIZE];
        uid_t uid;
        pid_t pid; /* 0: not known yet */
        Stage stage;
        Barrier *barrier; /* since END_GONE */

        /* Its hints and its window. */
        uint64_t handed[2];      /* bytes of each stream said to be in the journal */
        uint64_t awaited;        /* an ACK is owed once so many are accounted for; UINT64_MAX: none is */
        uint64_t acknowledge_at; /* and one in any case; 0: now; UINT64_MAX: the cache was never open */
        uint64_t allowed;        /* as it was told; at first, what the spec says */

        uint64_t behind; /* bytes passed over behind a gap since the last query */

        /* In a queue of the collector if .data is set. */
        GList due, waiting, ending, query;
} Sender;

/* Opens the cache. −errno; of a job that may have run already, what is transient is left in its `error`. */
int sender_new(Collector *collector, int state_dir, const CollectorJob *job, Sender **ret);
void sender_free(Sender *sender);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sender, sender_free)

/* Opens the cache, once more. −errno. */
int sender_open(Sender *sender, int state_dir);

/* As intake_record(), if the record is to be trusted. */
int sender_record(Sender *sender, const JournalRecord *record);

/* The process is known now. */
StageAct sender_set_pid(Sender *sender, pid_t pid);

/*
 * The first start record of a job names its main process: it is sent before the command exists. True if this
 * is one: the pid is set.
 */
bool sender_find_pid(Sender *sender, const JournalRecord *record);

/* It said that so many bytes are in the journal; `asks`: and waits for an ACK. True if all are accounted
 * for. */
bool sender_hint(Sender *sender, const uint64_t bytes[2], bool asks);

/* True if it waits for an ACK, and hinted bytes have not come. */
bool sender_is_waiting(const Sender *sender);

/* True if an ACK is due now, and counts it as sent. */
bool sender_acknowledge(Sender *sender, uint64_t *ret_cached, uint64_t *ret_allowed);

/* True if journald has handled all that it sent, or nobody asks any more. */
bool sender_is_final(const Sender *sender);

/* True if its end can be told: everything is there, or nothing more can come. */
bool sender_is_over(const Sender *sender);
