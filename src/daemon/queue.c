/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/log.h"
#include "daemon/queue.h"
#include "daemon/run.h"
#include "daemon/spec.h"

static bool has_room(const Manager *manager) {
        return unit_driver_has_room(manager->units) &&
               g_hash_table_size(manager->runs) < manager->config.running_max;
}

/* Without that mark only a crash at this moment matters. */
static void mark_sent(Manager *manager, const Job *job) {
        int r = store_mark_sent(&manager->store, job->id);

        if (r < 0)
                log_job(LOG_WARNING, job->id, r, "cannot be marked as given to systemd");
}

static void start_stored(Manager *manager, Job *job) {
        g_autoptr(GBytes) spec = NULL;
        int r = store_load_spec(&manager->store, job->id, &spec);

        if (r < 0) {
                run_finish_unstarted(manager, job, g_strerror(-r));
                return;
        }
        mark_sent(manager, job);
        run_start(manager, job, spec);
}

int queue_save(Manager *manager, const Job *job) {
        g_autoptr(GBytes) spec = spec_compose(job);
        gsize size;
        gconstpointer blob = g_bytes_get_data(spec, &size);

        return store_save_spec(&manager->store, job->id, blob, size);
}

void queue_push(Manager *manager, Job *job) {
        if (g_queue_is_empty(&manager->waiting) && has_room(manager)) {
                mark_sent(manager, job);
                run_start(manager, job, NULL);
        } else
                queue_push_stored(manager, job);
}

void queue_push_stored(Manager *manager, Job *job) {
        g_queue_push_tail(&manager->waiting, GUINT_TO_POINTER(job->id));
}

void queue_push_unsent(Manager *manager, Job *job) {
        int r;

        if (job->stop_requested) {
                run_finish_unstarted(manager, job, NULL);
                return;
        }
        if (job->request->had_input) {
                run_finish_unstarted(manager, job, "its standard input was lost when jobd ended");
                return;
        }
        r = store_mark_unsent(&manager->store, job->id);
        if (r < 0 && r != -ENOENT) {
                run_finish_unstarted(manager, job, g_strerror(-r));
                return;
        }
        queue_push_stored(manager, job);
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

static int on_turn(sd_event_source *source, void *userdata) {
        queue_run(userdata);
        return 0;
}

void queue_run_soon(Manager *manager) {
        int r;

        if (g_queue_is_empty(&manager->waiting))
                return;
        if (manager->queue_turn)
                r = sd_event_source_set_enabled(manager->queue_turn, SD_EVENT_ONESHOT);
        else
                r = sd_event_add_defer(manager->event, &manager->queue_turn, on_turn, manager);
        if (r < 0)
                log_error("Waiting jobs cannot be started: %s", g_strerror(-r));
}
