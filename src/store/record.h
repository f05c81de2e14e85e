/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/job.h"

/*
 * A job as a key file. Bytes that may be anything (argv, directory) are percent-encoded; the environment
 * stands with its names alone. Unknown keys of a newer jobd are ignored, a newer Version is refused.
 */

#define RECORD_FILE_SIZE_MAX (16U * 1024U * 1024U)

/* The text of `job` with `request` (the job's own, or one loaded before); the caller frees it. */
char *record_format(const Job *job, const JobRequest *request, gsize *ret_size);

/* −EBADMSG: not a record; −EPROTONOSUPPORT: of a newer jobd. */
int record_parse(const char *text, gsize size, Job **ret);

/* A copy's text (record-copy.h) may stand over it. */
typedef struct RecordCopy {
        const char *text, *boot_id;
        gsize size;
        int error; /* set: 0 if it counted, else −errno */
} RecordCopy;

int record_parse_copied(const char *text, gsize size, RecordCopy *copy, Job **ret);

/* What a copy is known by. */
#define RECORD_JOB      "Job"
#define RECORD_UUID     "Uuid"
#define RECORD_REVISION "Revision"
