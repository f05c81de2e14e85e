/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/barrier.h"
#include "output/collector.h"
#include "output/intake.h"

/* An ACK goes out unasked when the cache has come this much further, so that the sender never waits at its
 * window. */
#define COLLECTED_ACK_BYTES (4U * 1024U * 1024U)

/* One job of the collector: what was asked of it, and what is to be told. No events, no journal. */
typedef struct CollectedJob {
        Intake intake;
        Collector *collector;
        OutputState *state;
        OutputLimit limit;

        uint64_t hinted;    /* bytes said to be in the journal */
        uint64_t handed[2]; /* the same, of each stream */
        bool hint_open;     /* not answered yet */
        bool acknowledge;
        uint64_t acknowledged;
        uint64_t allowed;  /* as jobd-exec was told; at first, what the spec says */
        uint64_t told_end; /* state->end when progress was told */

        int error; /* the cache cannot be written, or not even opened */
        int told_error;

        uint64_t behind; /* bytes passed over behind a gap since the last query */
        bool missed;     /* records were passed over that only a query finds */
        bool finding;    /* pid_found() is owed */
        bool final;      /* jobd-exec is done, and journald has handled what it sent */
        bool checked;    /* a query went to the journal's end since then */
        bool finishing;  /* the unit is gone */
        bool exited;     /* told */
        Barrier *barrier;

        /* In a queue of the collector if .data is set. */
        GList due, waiting, ending, query;
} CollectedJob;

/* Opens the cache. −errno; of a job that may have run already, what is transient is left in its `error`. */
int collected_job_new(Collector *collector, int state_dir, const CollectorJob *job, CollectedJob **ret);

/* Once more. −errno. */
int collected_job_open(CollectedJob *job, int state_dir);
void collected_job_free(CollectedJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CollectedJob, collected_job_free)

/* Bytes of both streams that are accounted for and in the file. */
uint64_t collected_job_accounted(const CollectedJob *job);

/* True if an ACK is due now, and counts it as sent. */
bool collected_job_acknowledge(CollectedJob *job, uint64_t *ret_cached, uint64_t *ret_allowed);

/* After the last query: what the exit record counts and nobody found is lost. −errno of the cache. */
int collected_job_book_rest(CollectedJob *job);

/* True if the job's end can be told: everything is there, or nothing more can come. */
bool collected_job_is_over(const CollectedJob *job);
