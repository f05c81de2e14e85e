/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "daemon/queue.h"
#include "daemon/run.h"
#include "daemon/spec.h"

static bool has_room(const Manager *manager) {
        return unit_driver_has_room(manager->units) &&
               g_hash_table_size(manager->runs) < manager->config.running_max;
}

static void start_stored(Manager *manager, Job *job) {
        g_autoptr(GBytes) spec = NULL;
        int r = store_load_spec(&manager->store, job->id, &spec);

        if (r < 0) {
                run_finish_unstarted(manager, job, g_strerror(-r));
                return;
        }
        store_remove_spec(&manager->store, job->id);
        run_start(manager, job, spec);
}

void queue_push(Manager *manager, Job *job) {
        g_autoptr(GBytes) spec = NULL;
        gconstpointer blob;
        gsize size;
        int r;

        if (g_queue_is_empty(&manager->waiting) && has_room(manager)) {
                run_start(manager, job, NULL);
                return;
        }
        spec = spec_compose(job);
        blob = g_bytes_get_data(spec, &size);
        r = store_save_spec(&manager->store, job->id, blob, size);
        if (r < 0) {
                run_finish_unstarted(manager, job, g_strerror(-r));
                return;
        }
        queue_push_stored(manager, job);
}

void queue_push_stored(Manager *manager, Job *job) {
        g_queue_push_tail(&manager->waiting, GUINT_TO_POINTER(job->id));
}

void queue_remove(Manager *manager, const Job *job) {
        (void) g_queue_remove(&manager->waiting, GUINT_TO_POINTER(job->id));
}

void queue_run(Manager *manager) {
        while (!g_queue_is_empty(&manager->waiting) && has_room(manager)) {
                uint32_t id = GPOINTER_TO_UINT(g_queue_pop_head(&manager->waiting));
                Job *job = job_table_find(manager->jobs, id);

                if (job && !job_is_finished(job))
                        start_stored(manager, job);
        }
}
