/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-journal.h>

#include "wire/exec-step.h"
#include "wire/names.h"
#include "wire/stream.h"

/* How a job ended: what its exit record (record.h) says. */
typedef enum ExitKind {
        EXIT_STATUS,    /* wait_status is as of waitpid(2) */
        EXIT_NO_EXEC,   /* could not be executed: error, step */
        EXIT_CANCELLED, /* a TERM came before the command was started */
} ExitKind;

typedef struct ExitRecord {
        ExitKind kind;
        int wait_status;
        int error; /* errno, positive */
        ExecStep step;
        bool stopped;         /* systemd had begun to stop the unit when the command ended */
        uint64_t bytes[2];    /* totals of stdout and stderr */
        uint64_t memory_peak; /* bytes; UINT64_MAX: not known */
        uint64_t cpu_usec;    /* UINT64_MAX: not known */
        uint64_t time;        /* µs since 1970 UTC, when it reached journald */
} ExitRecord;

typedef enum RecordKind {
        RECORD_OUTPUT,
        RECORD_START,
        RECORD_EXIT,
} RecordKind;

/*
 * One record as the journal has it. Who sent it (uid, pid, unit) is journald's word; all else is the
 * sender's: well-formed, but not yet believed.
 */
typedef struct JournalRecord {
        RecordKind kind;
        char uuid[JOBD_UUID_SIZE];
        uid_t uid;
        pid_t pid;
        uint64_t time;   /* µs since 1970 UTC */
        uint64_t offset; /* of the first byte in its stream; offset + length fits */
        Stream stream;
        const void *data; /* in the journal's memory, valid until it moves on */
        size_t size;      /* without the newline */
        bool newline;     /* was taken off */
        ExitRecord exit;
        char unit[64]; /* of RECORD_START: the sender's, empty if journald does not know, or longer */
} JournalRecord;

/*
 * Reads the entry that `journal` stands on. −EBADMSG for one that is not exactly a record of RECORD_VERSION;
 * other errors of sd_journal_get_data(3) as they are: all mean "pass over it".
 */
int journal_record_read(sd_journal *journal, JournalRecord *ret);
