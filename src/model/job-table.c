/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/job-table.h"

static void free_job(gpointer p) {
        job_free(p);
}

JobTable *job_table_new(const JobObserver *observer) {
        JobTable *table = g_new0(JobTable, 1);

        table->jobs = g_ptr_array_new_with_free_func(free_job);
        table->n_by_owner = tally_new();
        table->observer = *observer;
        return table;
}

void job_table_free(JobTable *table) {
        g_ptr_array_unref(table->jobs);
        tally_free(table->n_by_owner);
        g_free(table);
}

guint job_table_index(const JobTable *table, JobId id) {
        guint low = 0, high = table->jobs->len;

        while (low < high) {
                guint middle = low + (high - low) / 2;

                if (job_id_compare(job_table_at(table, middle)->id, id) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

Job *job_table_find(const JobTable *table, JobId id) {
        guint i = job_table_index(table, id);

        if (i < table->jobs->len && job_id_equal(job_table_at(table, i)->id, id))
                return job_table_at(table, i);
        return NULL;
}

void job_table_add(JobTable *table, Job *job) {
        g_return_if_fail(!job_table_find(table, job->id));

        job_observe(job, &table->observer);
        tally_add(table->n_by_owner, job->owner, 1);
        g_ptr_array_insert(table->jobs, (gint) job_table_index(table, job->id), job);
}

void job_table_remove(JobTable *table, Job *job) {
        JobId id = job->id;

        /* in its place stands its neighbour */
        g_return_if_fail(job_table_find(table, job->id) == job);

        tally_subtract(table->n_by_owner, job->owner, 1);
        g_ptr_array_remove_index(table->jobs, job_table_index(table, id));
        if (table->observer.removed)
                table->observer.removed(id, table->observer.userdata);
}
