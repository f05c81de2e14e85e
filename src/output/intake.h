/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/job-id.h"
#include "output/cache.h"
#include "output/journal-record.h"

/*
 * Which records of a job count, and where their bytes go. Knows nothing of journals: records come from
 * somewhere, in any order, any number of times.
 */
typedef struct Intake {
        JobId id;
        uid_t uid;
        pid_t pid; /* 0: not known yet */
        char uuid[JOBD_UUID_SIZE];
        Cache *cache; /* owned by whoever owns the intake */
        bool has_exit;
        ExitRecord exit;
} Intake;

typedef enum Taken {
        TAKEN_IGNORED, /* not from this job's jobd-exec, or nonsense */
        TAKEN_REPEAT,  /* was there before */
        TAKEN_NEW,     /* it is in the cache (not flushed yet), or the exit record */
        TAKEN_GAP,     /* bytes before it are missing: passed over */
        TAKEN_UNKNOWN, /* cannot be judged without the pid: passed over */
} Taken;

/* A Taken, or −errno if the cache cannot be written: then the bytes since its last flush are not in it. */
int intake_record(Intake *intake, const JournalRecord *record);

/*
 * The first start record of a job names its main process: it is sent before the command exists. True if this
 * is one: the pid is set.
 */
bool intake_find_pid(Intake *intake, const JournalRecord *record);

/* The exit record is there, and every byte before it is cached or booked as lost. */
bool intake_is_complete(const Intake *intake);
