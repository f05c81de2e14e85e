/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/parents.h"

#include "jobs/places.h"
#include "jobs/save.h"
#include "jobs/settle.h"
#include "model/family.h"

static void end(Jobs *jobs, Job *parent, const FamilyCounts *counts) {
        g_auto(Outcome) outcome = {};
        uint64_t ended = family_ended(parent);

        if (parent->settled || job_is_finished(parent))
                return;
        if (counts->begun && parent->state == JOB_NOT_STARTED)
                job_follow_children(parent, JOB_RUNNING, family_begun(parent));
        family_outcome(parent, &outcome);
        jobs_settle_as(jobs, parent, &outcome, ended > 0 ? ended : jobs_now(), NULL);
}

void parents_catch_up(Jobs *jobs, Job *parent) {
        FamilyCounts counts = family_count(parent);
        JobState state = family_state(&counts);

        if (job_state_is_finished(state))
                end(jobs, parent, &counts);
        else
                job_follow_children(parent, state, family_begun(parent));
}

void parents_follow(Jobs *jobs, const Job *child, JobChange what) {
        Job *parent = child->parent;

        if (what & JOB_CHANGE_STATE) {
                parents_catch_up(jobs, parent);
                if (job_is_finished(child) && !job_is_finished(parent))
                        places_give_soon(jobs, parent);
        }
        if (what & (JOB_CHANGE_OUTPUT | JOB_CHANGE_DRAINED))
                job_output_changed(parent);
}
