/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "wire/names.h"

/*
 * Which job. A job has a number of its own, from 1 on; the jobs of a family share their parent's, and are
 * counted below it. Every text that names a job, on the bus, on disk or for systemd, has one of the forms
 * here, and is made here alone; job_id_parse() in base/job-id.h reads it.
 */
typedef struct JobId {
        uint32_t number; /* 0: no job */
        uint32_t child;  /* from 1 on; 0: the job itself */
} JobId;

/* What stands before the number, between number and child, and behind. */
typedef struct JobIdForm {
        const char *before;
        char between;
        const char *behind;
} JobIdForm;

/* for people: 7, 7.2 */
#define JOB_ID_LABEL ((JobIdForm){ "", '.', "" })
/* on the bus: /org/jobd1/job/7, /org/jobd1/job/7/2 */
#define JOB_ID_PATH ((JobIdForm){ JOBD_JOB_PATH_PREFIX "/", '/', "" })
/* of systemd: jobd-7.service, jobd-7-2.service */
#define JOB_ID_UNIT ((JobIdForm){ "jobd-", '-', ".service" })
/* below the state directory: 7, 7/2 */
#define JOB_ID_FOLDER ((JobIdForm){ "", '/', "" })
/* in systemd's descriptor store: job-7, job-7-2 */
#define JOB_ID_FD_NAME ((JobIdForm){ "job-", '-', "" })

/* Enough for each of them. */
typedef struct JobIdText {
        char text[48];
} JobIdText;

static inline JobIdText job_id_text(JobIdForm form, JobId id) {
        JobIdText ret;
        size_t size = sizeof(ret.text);
        int n;

        if (id.child == 0)
                n = snprintf(ret.text, size, "%s%" PRIu32 "%s", form.before, id.number, form.behind);
        else
                n = snprintf(ret.text, size, "%s%" PRIu32 "%c%" PRIu32 "%s", form.before, id.number,
                             form.between, id.child, form.behind);
        assert(n > 0 && (size_t) n < size);
        (void) n;
        return ret;
}

static inline JobIdText job_id_label(JobId id) {
        return job_id_text(JOB_ID_LABEL, id);
}

static inline JobIdText job_id_path(JobId id) {
        return job_id_text(JOB_ID_PATH, id);
}

static inline JobIdText job_id_unit(JobId id) {
        return job_id_text(JOB_ID_UNIT, id);
}

static inline JobIdText job_id_folder(JobId id) {
        return job_id_text(JOB_ID_FOLDER, id);
}

/* A job that is nobody's child. */
static inline JobId job_id(uint32_t number) {
        return (JobId){ .number = number };
}

/* In the order of numbers, a parent before its children. */
static inline uint64_t job_id_key(JobId id) {
        return (uint64_t) id.number << 32 | id.child;
}

static inline int job_id_compare(JobId a, JobId b) {
        return (job_id_key(a) > job_id_key(b)) - (job_id_key(a) < job_id_key(b));
}

static inline bool job_id_equal(JobId a, JobId b) {
        return job_id_key(a) == job_id_key(b);
}
