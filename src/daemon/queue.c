/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <time.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/line.h"
#include "daemon/queue.h"
#include "daemon/run.h"
#include "jobs/spec.h"

#define PAUSE_USEC (UINT64_C(2) * 1000 * 1000)

/*
 * Each user's jobs wait in a line of their own, sorted by id, and the next to start is the first of one of
 * them: as many comparisons a start as there are users who wait, however many jobs they have there.
 */

static void free_line(gpointer line) {
        line_free(line);
}

GHashTable *queue_new(void) {
        return g_hash_table_new_full(NULL, NULL, NULL, free_line);
}

static bool has_room(const Manager *manager) {
        return !manager->paused && unit_driver_has_room(manager->units) && !queue_is_full(manager);
}

static Line *line_of(const Manager *manager, uid_t owner) {
        return g_hash_table_lookup(manager->waiting, GUINT_TO_POINTER(owner));
}

/* The job that is next, if there is room; NULL if none may start. */
static Job *next_job(const Manager *manager) {
        guint fewest = UINT_MAX;
        GHashTableIter iter;
        Job *first = NULL;
        gpointer value;

        g_hash_table_iter_init(&iter, manager->waiting);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
                const Line *line = value;
                guint n = tally_get(manager->n_running, line->owner);
                Job *job = line_first(line);

                if (queue_user_is_full(manager, line->owner) || n > fewest ||
                    (n == fewest && job_id_compare(job->id, first->id) > 0))
                        continue;
                fewest = n;
                first = job;
        }
        return first;
}

void queue_cannot_start(Manager *manager, Job *job, int r) {
        if (error_is_transient(r))
                queue_postpone(manager, job, r);
        else
                run_finish_unstarted(manager, job, g_strerror(-r));
}

/* Not without that mark: another jobd would start it again. */
static void start_marked(Manager *manager, Job *job, GBytes *spec) {
        int r = store_mark_sent(&manager->store, job->id);

        if (r < 0)
                queue_cannot_start(manager, job, r);
        else
                run_start(manager, job, spec);
}

static int load_spec(Manager *manager, const Job *job, GBytes **ret) {
        int r = store_load_spec(&manager->store, job->id, ret);

        if (r != -ENOENT)
                return r;
        /* it was sent and did not get there, and that could not be written down then */
        r = store_mark_unsent(&manager->store, job->id);
        return r < 0 ? r : store_load_spec(&manager->store, job->id, ret);
}

static void start_stored(Manager *manager, Job *job) {
        g_autoptr(GBytes) spec = NULL;
        int r = load_spec(manager, job, &spec);

        if (r < 0)
                queue_cannot_start(manager, job, r);
        else
                start_marked(manager, job, spec);
}

int queue_save(Manager *manager, const Job *job) {
        g_autoptr(GBytes) spec = spec_compose(job);
        gsize size;
        gconstpointer blob = g_bytes_get_data(spec, &size);

        return store_save_spec(&manager->store, job->id, blob, size);
}

/* At the end, or, if it comes back, to its place. */
static void enqueue(Manager *manager, Job *job) {
        Line *line = line_of(manager, job->owner);

        if (!line) {
                line = line_new(manager, job->owner);
                g_hash_table_insert(manager->waiting, GUINT_TO_POINTER(job->owner), line);
        }
        line_insert(line, job);
}

/* A job that waits until another has ended may wait over a power cut; one that waits for systemd's attention
 * is as safe as one that runs. */
static void wait_for_turn(Manager *manager, Job *job) {
        bool full = queue_is_full(manager) || queue_user_is_full(manager, job->owner);
        int r = full ? store_sync(&manager->store, job->id) : 0;

        if (r < 0)
                log_job(LOG_WARNING, job->id, r, "it waits, and may not survive a power cut");
        enqueue(manager, job);
}

void queue_push(Manager *manager, Job *job) {
        if (has_room(manager) && !queue_user_is_full(manager, job->owner) && !next_job(manager))
                start_marked(manager, job, NULL);
        else
                wait_for_turn(manager, job);
        if (job->request) /* not finished already */
                job_request_forget_words(job->request);
        lines_tell_soon(manager);
}

void queue_push_unsent(Manager *manager, Job *job) {
        int r;

        if (job->stop_requested) {
                run_finish_unstarted(manager, job, NULL);
                return;
        }
        if (job->request->had_input && job->request->standard_input < 0) {
                run_finish_unstarted(manager, job, "its standard input was lost while it waited");
                return;
        }
        r = store_mark_unsent(&manager->store, job->id);
        if (r < 0 && r != -ENOENT && !error_is_transient(r)) {
                run_finish_unstarted(manager, job, g_strerror(-r));
                return;
        }
        enqueue(manager, job);
}

void queue_remove(Manager *manager, const Job *job) {
        Line *line = line_of(manager, job->owner);

        if (!line)
                return;
        line_remove(line, job);
        if (line_is_empty(line))
                g_hash_table_remove(manager->waiting, GUINT_TO_POINTER(job->owner));
}

void queue_run(Manager *manager) {
        Job *job;

        while (has_room(manager) && (job = next_job(manager))) {
                queue_remove(manager, job);
                start_stored(manager, job);
        }
        lines_tell_soon(manager);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *manager = userdata;

        manager->paused = false;
        queue_run(manager);
        return 0;
}

static void run_in(Manager *manager, uint64_t usec) {
        int r = 0;

        if (!manager->queue_timer)
                r = sd_event_add_time(manager->event, &manager->queue_timer, CLOCK_MONOTONIC, 0, 1, on_timer,
                                      manager);
        if (r >= 0)
                r = sd_event_source_set_time_relative(manager->queue_timer, usec);
        if (r >= 0)
                r = sd_event_source_set_enabled(manager->queue_timer, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error("Waiting jobs cannot be started: %s", g_strerror(-r));
}

/* The first start that succeeds, or finds nobody waiting, ends it. */
static bool start_again(void *userdata) {
        Manager *manager = userdata;

        manager->paused = false;
        queue_run(manager);
        return !manager->paused;
}

void queue_postpone(Manager *manager, Job *job, int shortage) {
        if (shortage < 0 && manager->shortage == 0)
                log_job(LOG_WARNING, job->id, shortage, "it cannot be started now and waits, as others do");
        manager->paused = true;
        manager->shortage = shortage;
        queue_push_unsent(manager, job);
        if (shortage == 0) {
                run_in(manager, PAUSE_USEC);
                return;
        }
        if (!manager->starts)
                manager->starts = retry_new(manager->event, "Jobs that wait", &RETRY_SHORTAGE, start_again,
                                            manager);
        retry_later(manager->starts);
}

void queue_run_soon(Manager *manager) {
        if (g_hash_table_size(manager->waiting) > 0 && !manager->paused)
                run_in(manager, 0);
}
