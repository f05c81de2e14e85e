/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/family.h"

static const Job *child_at(const Job *parent, guint i) {
        return g_ptr_array_index(parent->family->children, i);
}

FamilyCounts family_count(const Job *parent) {
        FamilyCounts counts = { .n = parent->family->children->len };

        for (guint i = 0; i < counts.n; i++) {
                counts.in[child_at(parent, i)->state]++;
                counts.begun = counts.begun || child_at(parent, i)->begun > 0;
        }
        return counts;
}

JobState family_state(const FamilyCounts *counts) {
        guint unfinished = counts->n - counts->in[JOB_COMPLETED] - counts->in[JOB_FAILED] -
                           counts->in[JOB_STOPPED];
        guint resting = counts->in[JOB_SUSPENDED] + counts->in[JOB_SUSPENDING];

        if (unfinished == 0)
                return counts->in[JOB_FAILED] > 0    ? JOB_FAILED
                       : counts->in[JOB_STOPPED] > 0 ? JOB_STOPPED
                                                     : JOB_COMPLETED;
        if (counts->in[JOB_BLOCKED] > 0)
                return JOB_BLOCKED;
        if (counts->in[JOB_DISCONNECTED] == unfinished)
                return JOB_DISCONNECTED;
        if (counts->in[JOB_SUSPENDED] == unfinished)
                return JOB_SUSPENDED;
        if (resting == unfinished)
                return JOB_SUSPENDING;
        if (counts->in[JOB_STOPPING] + resting == unfinished)
                return JOB_STOPPING;
        return counts->begun ? JOB_RUNNING : JOB_NOT_STARTED;
}

/* The first child that ended like that. */
static const Job *first_in(const Job *parent, JobState state) {
        for (guint i = 0; i < parent->family->children->len; i++)
                if (child_at(parent, i)->state == state)
                        return child_at(parent, i);
        return NULL;
}

static char *compose_reason(const FamilyCounts *counts, const Job *first) {
        bool failed = first->state == JOB_FAILED;

        return g_strdup_printf("%u of %u %s; %s: %s", counts->in[first->state], counts->n,
                               failed ? "failed" : "stopped", job_id_label(first->id).text,
                               first->reason ? first->reason : job_result_to_string(first->result));
}

void family_outcome(const Job *parent, Outcome *ret) {
        FamilyCounts counts = family_count(parent);
        JobState state = family_state(&counts);
        const Job *first;

        if (counts.n == 0) {
                *ret = (Outcome){ .state = JOB_FAILED,
                                  .result = JOB_RESULT_LOST,
                                  .reason = g_strdup("the records of all its children are lost"),
                                  .exit_code = -1 };
                return;
        }
        g_assert(job_state_is_finished(state));
        first = first_in(parent, state);
        *ret = (Outcome){
                .state = state,
                .result = first->result,
                .reason = state == JOB_COMPLETED ? g_strdup("") : compose_reason(&counts, first),
                .exit_code = -1,
        };
}

uint64_t family_begun(const Job *parent) {
        uint64_t begun = 0;

        for (guint i = 0; i < parent->family->children->len; i++) {
                uint64_t own = child_at(parent, i)->begun;

                if (own > 0 && (begun == 0 || own < begun))
                        begun = own;
        }
        return begun;
}

uint64_t family_ended(const Job *parent) {
        uint64_t ended = 0;

        for (guint i = 0; i < parent->family->children->len; i++)
                ended = MAX(ended, child_at(parent, i)->ended);
        return ended;
}

Job *family_next(const Job *parent, guint *ret_running) {
        Job *next = NULL;

        *ret_running = 0;
        for (guint i = 0; i < parent->family->children->len; i++) {
                Job *child = g_ptr_array_index(parent->family->children, i);

                if (job_is_finished(child) || child->settled)
                        continue;
                if (child->has_place)
                        (*ret_running)++;
                else if (!next)
                        next = child;
        }
        return next;
}

char *family_dup_reason(const Job *parent, guint running) {
        return g_strdup_printf("waits for a place in job %s (%u of %u run)", job_id_label(parent->id).text,
                               running, parent->family->throttle);
}
