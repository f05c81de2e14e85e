/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/job-id.h"
#include "output/cache.h"
#include "output/journal-record.h"

/*
 * Where the bytes of one job go: its offsets, its cache, its exit. Knows nothing of who sent a record
 * (sender.h), nor of journals: records come from somewhere, in any order, any number of times.
 */
typedef struct Intake {
        JobId id;
        OutputState *state; /* the job's */
        OutputLimit limit;
        Cache *cache; /* NULL: it could not be opened yet */
        bool has_exit;
        ExitRecord exit;

        int error; /* the cache cannot be written, or not even opened */
        int told_error;
        uint64_t told_end; /* state->end when progress was told */
} Intake;

typedef enum Taken {
        TAKEN_IGNORED, /* not from this job's jobd-exec, or nonsense */
        TAKEN_REPEAT,  /* was there before */
        TAKEN_NEW,     /* it is in the cache (not flushed yet), or the exit record */
        TAKEN_GAP,     /* bytes before it are missing: passed over */
        TAKEN_UNKNOWN, /* cannot be judged without the pid: passed over */
} Taken;

/* Opens the cache. −errno. */
int intake_open(Intake *intake, int state_dir);
void intake_clear(Intake *intake);

/*
 * A record of the job's jobd-exec. A Taken, or −errno if the cache cannot be written: then the bytes since
 * its last flush are not in it.
 */
int intake_record(Intake *intake, const JournalRecord *record);

/* The exit record is there, and every byte before it is cached or booked as lost. */
bool intake_is_complete(const Intake *intake);

/* Bytes of both streams that are accounted for and in the file. */
uint64_t intake_accounted(const Intake *intake);

/*
 * Nothing more can come: what the exit record counts, or without one `handed`, and nobody found is lost.
 * −errno of the cache.
 */
int intake_book_rest(Intake *intake, const uint64_t handed[2]);
