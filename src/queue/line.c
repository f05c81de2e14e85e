/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "queue/line.h"

#include "base/user.h"

#define TELL_MAX 50U /* jobs of a line that are told at a time */

static gint compare_jobs(gconstpointer a, gconstpointer b, gpointer userdata) {
        return job_id_compare(((const Job *) a)->id, ((const Job *) b)->id);
}

Line *line_new(uid_t owner) {
        Line *line = g_new0(Line, 1);

        line->owner = owner;
        line->name = user_dup_name(owner);
        line->jobs = g_sequence_new(NULL);
        return line;
}

void line_free(Line *line) {
        g_sequence_free(line->jobs);
        g_free(line->name);
        g_free(line->reason);
        g_free(line);
}

void line_set_reason(Line *line, char *reason) {
        if (g_strcmp0(reason, line->reason) != 0)
                line->n_to_tell = (guint) g_sequence_get_length(line->jobs);
        g_free(line->reason);
        line->reason = reason;
}

void line_insert(Line *line, Job *job) {
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

bool line_tell(Line *line) {
        line->n_to_tell = MIN(line->n_to_tell, (guint) g_sequence_get_length(line->jobs));
        for (guint i = 0; i < TELL_MAX && line->n_to_tell > 0; i++, line->n_to_tell--)
                tell_one(line);
        return line->n_to_tell > 0;
}
