/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/places.h"

#include "base/log.h"
#include "model/family.h"

/* Those that have no place yet know why. */
static void tell_reason(const Job *parent, guint running) {
        g_autofree char *reason = family_dup_reason(parent, running);

        for (guint i = 0; i < parent->family->children->len; i++) {
                Job *child = g_ptr_array_index(parent->family->children, i);

                if (child->state == JOB_NOT_STARTED && !child->settled && !child->has_place)
                        job_set_waiting(child, reason);
        }
}

static void give(Jobs *jobs, Job *parent) {
        Job *child;
        guint running;

        /* of a family that is stopped everybody comes to his end that way */
        while ((child = family_next(parent, &running)) &&
               (parent->stop_requested || running < parent->family->throttle)) {
                job_set_place(child, true);
                jobs->events->returned(child, jobs->userdata);
        }
        if (child)
                tell_reason(parent, running);
        jobs->events->ended(jobs->userdata);
}

static int on_places(sd_event_source *source, void *userdata) {
        Jobs *jobs = userdata;
        g_autoptr(JobMap) hungry = g_steal_pointer(&jobs->hungry);
        GHashTableIter iter;
        gpointer id;

        jobs->hungry = job_map_new(NULL);
        g_hash_table_iter_init(&iter, hungry);
        while (g_hash_table_iter_next(&iter, &id, NULL)) {
                Job *parent = job_table_find(jobs->table, job_map_key(id));

                if (parent && !job_is_finished(parent))
                        give(jobs, parent);
        }
        return 0;
}

void places_give_soon(Jobs *jobs, const Job *parent) {
        int r = 0;

        (void) job_map_add(jobs->hungry, parent->id);
        if (!jobs->places_source)
                r = sd_event_add_defer(jobs->event, &jobs->places_source, on_places, jobs);
        if (r >= 0)
                r = sd_event_source_set_enabled(jobs->places_source, SD_EVENT_ONESHOT);
        if (r < 0)
                log_job(LOG_ERR, parent->id, r, "its children cannot be started");
}

void places_wait_again(Jobs *jobs, Job *job) {
        if (!job->parent) {
                jobs->events->returned(job, jobs->userdata);
                return;
        }
        job_set_place(job, false);
        places_give_soon(jobs, job->parent);
}

void places_free(Jobs *jobs) {
        jobs->places_source = sd_event_source_disable_unref(jobs->places_source);
        g_clear_pointer(&jobs->hungry, g_hash_table_unref);
}
