/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/line.h"

#include <errno.h>
#include <time.h>

#include "base/log.h"
#include "base/user.h"

#define TELL_USEC UINT64_C(100000)
#define TELL_MAX  50U /* jobs of a line that are told at a time */

bool queue_is_full(const Manager *manager) {
        return g_hash_table_size(manager->runs) >= manager->config.running_max;
}

bool queue_user_is_full(const Manager *manager, uid_t owner) {
        return owner != 0 && tally_get(manager->n_running, owner) >= manager->config.user_running_max;
}

/* Nothing is said of the moment until systemd has taken it. */
static char *dup_reason(const Line *line) {
        const Manager *manager = line->manager;

        if (manager->paused && manager->shortage == -EIO)
                return g_strdup("waits until the disk can be read and written again: Input/output error");
        if (manager->paused && manager->shortage < 0)
                return g_strdup_printf("waits until jobd has the resources to start it: %s",
                                       g_strerror(-manager->shortage));
        if (manager->paused)
                return g_strdup("waits until systemd takes new units again");
        if (queue_user_is_full(manager, line->owner))
                return g_strdup_printf("waits for its turn: %u of %u jobs of %s run",
                                       tally_get(manager->n_running, line->owner),
                                       manager->config.user_running_max, line->name);
        if (queue_is_full(manager))
                return g_strdup_printf("waits for its turn: %u of %u jobs run",
                                       g_hash_table_size(manager->runs), manager->config.running_max);
        return NULL;
}

static gint compare_jobs(gconstpointer a, gconstpointer b, gpointer userdata) {
        return job_id_compare(((const Job *) a)->id, ((const Job *) b)->id);
}

Line *line_new(Manager *manager, uid_t owner) {
        Line *line = g_new0(Line, 1);

        line->manager = manager;
        line->owner = owner;
        line->name = user_dup_name(owner);
        line->jobs = g_sequence_new(NULL);
        line->reason = dup_reason(line);
        return line;
}

void line_free(Line *line) {
        g_sequence_free(line->jobs);
        g_free(line->name);
        g_free(line->reason);
        g_free(line);
}

static void refresh(Line *line) {
        char *reason = dup_reason(line);

        if (g_strcmp0(reason, line->reason) != 0)
                line->n_to_tell = (guint) g_sequence_get_length(line->jobs);
        g_free(line->reason);
        line->reason = reason;
}

void line_insert(Line *line, Job *job) {
        refresh(line);
        g_sequence_insert_sorted(line->jobs, (gpointer) job, compare_jobs, NULL);
        if (line->n_to_tell > 0) /* it may stand between those */
                line->n_to_tell++;
        job_set_waiting(job, line->reason);
}

void line_remove(Line *line, const Job *job) {
        GSequenceIter *place = g_sequence_lookup(line->jobs, (gpointer) job, compare_jobs, NULL);

        if (place)
                g_sequence_remove(place);
}

bool line_is_empty(const Line *line) {
        return g_sequence_is_empty(line->jobs);
}

Job *line_first(const Line *line) {
        return g_sequence_get(g_sequence_get_begin_iter(line->jobs));
}

static void tell_one(Line *line) {
        /* the place behind the last one, which may have gone; then from the beginning */
        Job last = { .id = line->told }, *job;
        GSequenceIter *next = g_sequence_search(line->jobs, &last, compare_jobs, NULL);

        if (g_sequence_iter_is_end(next))
                next = g_sequence_get_begin_iter(line->jobs);
        job = g_sequence_get(next);
        line->told = job->id;
        job_set_waiting(job, line->reason);
}

/* True if there are more to be told. */
static bool tell(Line *line) {
        refresh(line);
        line->n_to_tell = MIN(line->n_to_tell, (guint) g_sequence_get_length(line->jobs));
        for (guint i = 0; i < TELL_MAX && line->n_to_tell > 0; i++, line->n_to_tell--)
                tell_one(line);
        return line->n_to_tell > 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Manager *manager = userdata;
        GHashTableIter iter;
        bool more = false;
        gpointer line;

        g_hash_table_iter_init(&iter, manager->waiting);
        while (g_hash_table_iter_next(&iter, NULL, &line))
                more = tell(line) || more;
        if (more)
                lines_tell_soon(manager);
        return 0;
}

void lines_tell_soon(Manager *manager) {
        int r;

        if (g_hash_table_size(manager->waiting) == 0)
                return;
        if (!manager->reasons_timer)
                r = sd_event_add_time_relative(manager->event, &manager->reasons_timer, CLOCK_MONOTONIC,
                                               TELL_USEC, 0, on_timer, manager);
        else if (sd_event_source_get_enabled(manager->reasons_timer, NULL) > 0)
                return;
        else {
                r = sd_event_source_set_time_relative(manager->reasons_timer, TELL_USEC);
                if (r >= 0)
                        r = sd_event_source_set_enabled(manager->reasons_timer, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_error("What jobs wait for cannot be told: %s", g_strerror(-r));
}
