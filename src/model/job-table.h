/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "base/tally.h"
#include "model/job.h"

/*
 * All jobs, in the order of their ids; owns them.
 */

typedef struct JobTable {
        GPtrArray *jobs; /* of Job, sorted by id */
        Tally *n_by_owner;
        JobObserver observer;
} JobTable;

JobTable *job_table_new(const JobObserver *observer);
void job_table_free(JobTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JobTable, job_table_free)

/* Takes the job. Its id must not be in the table. */
void job_table_add(JobTable *table, Job *job);

/* Frees the job, which must be in the table. */
void job_table_remove(JobTable *table, Job *job);

/* NULL if there is none. */
Job *job_table_find(const JobTable *table, JobId id);

/* The index of the first job whose id is not below `id`. */
guint job_table_index(const JobTable *table, JobId id);

static inline Job *job_table_at(const JobTable *table, guint i) {
        return g_ptr_array_index(table->jobs, i);
}
