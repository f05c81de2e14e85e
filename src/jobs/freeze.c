/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/user.h"
#include "jobs/actions.h"
#include "jobs/kind.h"
#include "jobs/save.h"

/* Jobs are suspended and resumed. */

static int ask_freezer(Jobs *jobs, Job *job, bool freeze, sd_bus_error *error) {
        int r = job_kind(job)->freeze(jobs, job, freeze);

        return r < 0 ? error_setf(error, r, "systemd cannot be asked to %s job %s: %s",
                                  freeze ? "freeze" : "thaw", job_id_label(job->id).text, g_strerror(-r))
                     : 0;
}

/* Why it cannot be suspended; NULL: it can. */
static const char *obstacle(const Jobs *jobs, const Job *job) {
        JobStage stage = job->settled ? JOB_STAGE_OVER : job_kind(job)->stage(jobs, job);

        if (stage == JOB_STAGE_OVER)
                return "its command has ended";
        if (stage == JOB_STAGE_WAITS || job->state == JOB_NOT_STARTED)
                return "it has not been started yet";
        return job->state == JOB_STOPPING ? "it is being stopped" : NULL;
}

static int suspend_one(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        g_autofree char *who = NULL, *reason = NULL;
        const char *why = obstacle(jobs, job);

        if (why)
                return error_setf(error, -JOBD_E_NOT_RUNNING, "Job %s cannot be suspended: %s",
                                  job_id_label(job->id).text, why);
        /* of one that is suspended, too: that it is to go on may have been asked for, and not come about */
        if (job_is_suspended(job))
                return ask_freezer(jobs, job, true, error);
        who = user_dup_name(by);
        reason = g_strdup_printf("suspended by %s", who);
        audit_suspended(jobs->audit, job, by);
        (void) job_set_state_because(job, JOB_SUSPENDING, jobs_now(), reason);
        /* before systemd is asked: the next jobd asks again */
        jobs_save(jobs, job);
        return ask_freezer(jobs, job, true, error);
}

static int resume_one(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        if (!job_is_suspended(job) || job->settled)
                return error_setf(error, -JOBD_E_NOT_SUSPENDED, "Job %s is not suspended (%s)",
                                  job_id_label(job->id).text, job_state_to_string(job->state));
        audit_resumed(jobs->audit, job, by);
        return ask_freezer(jobs, job, false, error);
}

/* Those of whom it can be asked, as it is with signals. */
static int ask_family(Jobs *jobs, const Job *parent, bool suspend, uid_t by, sd_bus_error *error) {
        guint n = 0;
        int r = 0;

        for (guint i = 0; r >= 0 && i < parent->family->children->len; i++) {
                Job *child = g_ptr_array_index(parent->family->children, i);

                if (job_is_finished(child) ||
                    (suspend ? obstacle(jobs, child) != NULL : !job_is_suspended(child)))
                        continue;
                r = suspend ? suspend_one(jobs, child, by, error) : resume_one(jobs, child, by, error);
                n++;
        }
        if (r < 0 || n > 0)
                return r;
        return suspend ? -JOBD_E_NOT_RUNNING : -JOBD_E_NOT_SUSPENDED;
}

int jobs_suspend(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        return job->family ? ask_family(jobs, job, true, by, error) : suspend_one(jobs, job, by, error);
}

int jobs_resume(Jobs *jobs, Job *job, uid_t by, sd_bus_error *error) {
        return job->family ? ask_family(jobs, job, false, by, error) : resume_one(jobs, job, by, error);
}
