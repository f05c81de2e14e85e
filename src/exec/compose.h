/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/exec-step.h"
#include "wire/job-id.h"
#include "wire/stream.h"

/* The records of wire/record.h in journald's native format. */

#define COMPOSE_FIELDS_MAX 1024U /* all of a record but the bytes of output */

/* What all records of a job share. */
typedef struct ComposeJob {
        JobId id;
        const char *uuid;
} ComposeJob;

typedef struct Piece {
        Stream stream;
        uint64_t offset;
        const uint8_t *bytes;
        size_t length;
} Piece;

typedef enum Ending {
        ENDING_WAITED,    /* wait_status tells */
        ENDING_FAILED,    /* error and step tell */
        ENDING_CANCELLED, /* a signal came before the fork */
} Ending;

typedef struct ExitReport {
        Ending ending;
        int wait_status;
        int error;
        ExecStep step;
        bool stopped; /* systemd had begun to stop the unit when the command ended */
        uint64_t bytes[_STREAM_MAX];
        uint64_t memory_peak; /* UINT64_MAX: the kernel does not tell */
        uint64_t cpu_usec;    /* UINT64_MAX: likewise */
} ExitReport;

/* They write a record to `to` and return its size: at most COMPOSE_FIELDS_MAX, and the length of the
 * piece. */
size_t compose_output(uint8_t *to, const ComposeJob *job, const Piece *piece);
size_t compose_start(uint8_t *to, const ComposeJob *job);
size_t compose_exit(uint8_t *to, const ComposeJob *job, const ExitReport *report);

/*
 * A record of output in pieces: the head, which ends with the length of its message (0; compose_length()
 * later), the bytes, and a tail. A newline at the end of the bytes is taken off: then it is not counted, and
 * stays where it is.
 */
size_t compose_bulk_head(uint8_t *to, const ComposeJob *job, Stream stream, uint64_t offset);
size_t compose_bulk_tail(uint8_t *to, bool newline);
uint64_t compose_length(size_t length);
