/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/unsaved.h"
#include "base/job-id.h"
#include "base/log.h"
#include "base/retry.h"
#include "wire/names.h"

struct Unsaved {
        Store *store;
        JobTable *jobs;
        JobMap *ids;
        Retry *retry;
        void (*saved)(Job *job, void *userdata);
        void *userdata;
};

static bool try_again(void *userdata) {
        Unsaved *unsaved = userdata;

        unsaved_try(unsaved);
        return g_hash_table_size(unsaved->ids) == 0;
}

Unsaved *unsaved_new(sd_event *event, Store *store, JobTable *jobs, void (*saved)(Job *job, void *userdata),
                     void *userdata) {
        Unsaved *unsaved = g_new(Unsaved, 1);

        *unsaved = (Unsaved){
                .store = store,
                .jobs = jobs,
                .ids = job_map_new(NULL),
                .retry = retry_new(event, "Records that could not be saved", &RETRY_SHORTAGE, try_again,
                                   unsaved),
                .saved = saved,
                .userdata = userdata,
        };
        return unsaved;
}

void unsaved_free(Unsaved *unsaved) {
        g_hash_table_unref(unsaved->ids);
        retry_free(unsaved->retry);
        g_free(unsaved);
}

void unsaved_try(Unsaved *unsaved) {
        GHashTableIter iter;
        gpointer id;

        g_hash_table_iter_init(&iter, unsaved->ids);
        while (g_hash_table_iter_next(&iter, &id, NULL)) {
                Job *job = job_table_find(unsaved->jobs, job_map_key(id));

                /* where one finds no room, the next will find none */
                if (job && store_save(unsaved->store, job) < 0)
                        return;
                g_hash_table_iter_remove(&iter);
                if (job) {
                        log_job(LOG_NOTICE, job->id, 0, "its record is saved now");
                        unsaved->saved(job, unsaved->userdata);
                }
        }
}

void unsaved_add(Unsaved *unsaved, const Job *job) {
        retry_later(unsaved->retry);
        (void) job_map_add(unsaved->ids, job->id);
}

int unsaved_save(Unsaved *unsaved, Job *job) {
        int r, c;

        job_next_revision(job);
        r = store_save(unsaved->store, job);
        if (r >= 0) {
                (void) job_map_remove(unsaved->ids, job->id);
                unsaved->saved(job, unsaved->userdata);
                return r;
        }
        c = store_copy(unsaved->store, job);
        log_job(LOG_ERR, job->id, r, "its record cannot be saved; that is tried again");
        if (c < 0)
                log_job(LOG_ERR, job->id, c,
                        "nor is there a copy in " JOBD_COPIES_DIR
                        ": if jobd is killed now, what was asked for and received since is forgotten");
        unsaved_add(unsaved, job);
        return r;
}
