/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/unsaved.h"
#include "base/log.h"

#define PAUSE_MIN_USEC UINT64_C(250000)
#define PAUSE_MAX_USEC UINT64_C(10000000)

struct Unsaved {
        sd_event *event;
        Store *store;
        JobTable *jobs;
        GHashTable *ids;
        sd_event_source *timer;
        uint64_t pause;
};

Unsaved *unsaved_new(sd_event *event, Store *store, JobTable *jobs) {
        Unsaved *unsaved = g_new(Unsaved, 1);

        *unsaved = (Unsaved){
                .event = sd_event_ref(event),
                .store = store,
                .jobs = jobs,
                .ids = g_hash_table_new(NULL, NULL),
        };
        return unsaved;
}

void unsaved_free(Unsaved *unsaved) {
        g_hash_table_unref(unsaved->ids);
        sd_event_source_disable_unref(unsaved->timer);
        sd_event_unref(unsaved->event);
        g_free(unsaved);
}

void unsaved_try(Unsaved *unsaved) {
        GHashTableIter iter;
        gpointer id;

        g_hash_table_iter_init(&iter, unsaved->ids);
        while (g_hash_table_iter_next(&iter, &id, NULL)) {
                const Job *job = job_table_find(unsaved->jobs, GPOINTER_TO_UINT(id));

                /* where one finds no room, the next will find none */
                if (job && store_save(unsaved->store, job) < 0)
                        return;
                if (job)
                        log_job(LOG_NOTICE, job->id, 0, "its record is saved now");
                g_hash_table_iter_remove(&iter);
        }
}

static void arm(Unsaved *unsaved);

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Unsaved *unsaved = userdata;

        unsaved_try(unsaved);
        unsaved->pause = MIN(unsaved->pause * 2, PAUSE_MAX_USEC);
        if (g_hash_table_size(unsaved->ids) > 0)
                arm(unsaved);
        return 0;
}

static void arm(Unsaved *unsaved) {
        int r = 0;

        if (!unsaved->timer)
                r = sd_event_add_time(unsaved->event, &unsaved->timer, CLOCK_MONOTONIC, 0, 1, on_timer,
                                      unsaved);
        if (r >= 0)
                r = sd_event_source_set_time_relative(unsaved->timer, unsaved->pause);
        if (r >= 0)
                r = sd_event_source_set_enabled(unsaved->timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error("Records that could not be saved are not tried again: %s", g_strerror(-r));
}

int unsaved_save(Unsaved *unsaved, const Job *job) {
        gpointer id = GUINT_TO_POINTER(job->id);
        int r = store_save(unsaved->store, job);

        if (r >= 0) {
                (void) g_hash_table_remove(unsaved->ids, id);
                return r;
        }
        log_job(LOG_ERR, job->id, r, "its record cannot be saved; that is tried again");
        if (g_hash_table_size(unsaved->ids) == 0) {
                unsaved->pause = PAUSE_MIN_USEC;
                arm(unsaved);
        }
        (void) g_hash_table_add(unsaved->ids, id);
        return r;
}
