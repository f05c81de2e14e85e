/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define JOB_WRITABLE

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/user.h"
#include "model/job.h"

Job *job_new(JobId id, const char *uuid, uid_t owner, uid_t uid, JobRequest *request) {
        Job accepted = {
                .id = id,
                .owner = owner,
                .uid = uid,
                .exit_code = -1,
                .cpu_usage_nsec = UINT64_MAX,
                .memory_peak = UINT64_MAX,
        };

        return job_restore(accepted, uuid, "", request);
}

Job *job_restore(Job saved, const char *uuid, const char *boot_id, JobRequest *request) {
        Job *job = g_memdup2(&saved, sizeof(saved));

        g_strlcpy(job->uuid, uuid, sizeof(job->uuid));
        job_set_boot(job, boot_id);
        job->request = request;
        if (request) {
                job->name = g_strdup(request->name);
                job->command = job_request_describe(request, JOB_COMMAND_SHOWN_MAX);
                job->directory = g_ref_string_new_intern(request->directory);
        }
        return job;
}

static void end_free(JobEnd *end) {
        outcome_clear(&end->outcome);
        g_free(end);
}

void job_free(Job *job) {
        g_free(job->name);
        g_free(job->command);
        g_clear_pointer(&job->directory, g_ref_string_release);
        g_free(job->reason);
        g_free(job->status_message);
        output_state_clear(&job->output);
        g_clear_pointer(&job->request, job_request_free);
        g_clear_pointer(&job->settled, end_free);
        if (job->family)
                g_ptr_array_unref(job->family->children);
        g_free(job->family);
        g_free(job);
}

static void notify(Job *job, JobChange what, JobState previous) {
        if (job->observer)
                job->observer->changed(job, what, previous, job->observer->userdata);
}

JobRequest *job_take_request(Job *job) {
        return g_steal_pointer(&job->request);
}

void job_observe(Job *job, const JobObserver *observer) {
        job->observer = observer;
}

void job_set_created(Job *job, uint64_t now) {
        job->created = now;
}

void job_set_boot(Job *job, const char *boot_id) {
        g_strlcpy(job->boot_id, boot_id, sizeof(job->boot_id));
}

void job_set_main_pid(Job *job, pid_t pid) {
        job->main_pid = pid;
}

void job_ask_stop(Job *job, uid_t by, uint64_t now) {
        job->stop_requested = now;
        job->stopped_by = by;
}

void job_forget_stop(Job *job) {
        job_ask_stop(job, UID_INVALID, 0);
}

void job_set_usage(Job *job, uint64_t cpu_usec, uint64_t memory_peak) {
        job->memory_peak = memory_peak;
        if (cpu_usec < UINT64_MAX / 1000)
                job->cpu_usage_nsec = cpu_usec * 1000;
}

void job_set_record_size(Job *job, size_t size) {
        job->record_size = (uint32_t) size;
}

void job_next_revision(Job *job) {
        job->revision++;
}

int job_set_state(Job *job, JobState state, uint64_t now) {
        return job_set_state_because(job, state, now, NULL);
}

int job_set_state_because(Job *job, JobState state, uint64_t now, const char *reason) {
        g_autofree char *why = g_strdup(reason); /* it may be the job's own */
        JobState previous = job->state;

        if (job->settled || !job_state_may_become(previous, state) || job_state_is_finished(state))
                return -EINVAL;
        job->state = state;
        g_free(job->reason); /* why it waited */
        job->reason = g_steal_pointer(&why);
        if (state == JOB_RUNNING && job->begun == 0)
                job->begun = now;
        notify(job, JOB_CHANGE_STATE, previous);
        return 0;
}

void job_set_begun(Job *job, uint64_t begun) {
        if (job->begun != 0)
                return;
        if (job->state == JOB_NOT_STARTED)
                (void) job_set_state(job, JOB_RUNNING, begun);
        else
                job->begun = begun;
}

void job_refuse(Job *job, const char *reason) {
        g_free(job->reason);
        job->reason = g_strdup(reason);
        notify(job, JOB_CHANGE_REFUSED, job->state);
}

int job_settle(Job *job, const Outcome *outcome, uint64_t now) {
        if (job->settled || !job_state_may_become(job->state, outcome->state) ||
            !job_state_is_finished(outcome->state))
                return -EINVAL;
        job->settled = g_new(JobEnd, 1);
        *job->settled = (JobEnd){ .outcome = *outcome, .at = now };
        job->settled->outcome.reason = outcome->reason[0] ? g_strdup(outcome->reason) : NULL;
        return 0;
}

void job_found_family(Job *parent, uint32_t n_children, uint32_t throttle) {
        parent->family = g_new(Family, 1);
        *parent->family = (Family){
                .children = g_ptr_array_new(),
                .n_children = n_children,
                .throttle = throttle,
        };
}

void job_add_child(Job *parent, Job *child) {
        g_assert(child->id.number == parent->id.number && child->id.child > 0);
        child->parent = parent;
        g_ptr_array_add(parent->family->children, child);
}

void job_set_place(Job *child, bool has_place) {
        g_assert(child->parent);
        child->has_place = has_place;
}

void job_follow_children(Job *parent, JobState state, uint64_t begun) {
        JobState previous = parent->state;

        g_assert(parent->family && !job_state_is_finished(state));
        if (parent->settled || job_is_finished(parent) || (previous == state && parent->begun == begun))
                return;
        parent->state = state;
        parent->begun = begun;
        notify(parent, JOB_CHANGE_STATE, previous);
}

void job_set_throttle(Job *parent, uint32_t throttle) {
        parent->family->throttle = throttle;
        notify(parent, JOB_CHANGE_LIMITS, parent->state);
}

static JobOutput own_output(const Job *job) {
        return (JobOutput){
                .bytes = output_state_bytes(&job->output),
                .unread = job->output.unread,
                .lost = output_state_missing(&job->output),
                .dropped = job->output.dropped,
        };
}

JobOutput job_output(const Job *job) {
        JobOutput sum = own_output(job);

        for (guint i = 0; job->family && i < job->family->children->len; i++) {
                JobOutput one = own_output(g_ptr_array_index(job->family->children, i));

                sum.bytes += one.bytes;
                sum.unread += one.unread;
                sum.lost += one.lost;
                sum.dropped += one.dropped;
        }
        return sum;
}

Job job_foreseen(const Job *job) {
        const JobEnd *end = job->settled;
        Job view = *job;

        if (!end)
                return view;
        view.state = end->outcome.state;
        view.result = end->outcome.result;
        view.exit_code = end->outcome.exit_code;
        view.exit_signal = end->outcome.exit_signal;
        view.exec_errno = end->outcome.exec_errno;
        view.reason = end->outcome.reason;
        view.ended = end->at;
        view.drained = job_output(job).unread == 0;
        return view;
}

void job_finish(Job *job) {
        JobState previous = job->state;
        JobEnd *end = job->settled;

        g_free(job->reason);
        *job = job_foreseen(job);
        job->settled = NULL;
        end->outcome.reason = NULL; /* the job's now */
        end_free(end);
        notify(job, JOB_CHANGE_STATE | JOB_CHANGE_OUTPUT, previous);
        g_clear_pointer(&job->request, job_request_free);
}

void job_tell_end(Job *job) {
        g_return_if_fail(job_is_finished(job));

        notify(job, JOB_CHANGE_STATE | JOB_CHANGE_OUTPUT,
               job->stop_requested ? JOB_STOPPING
               : job->begun        ? JOB_RUNNING
                                   : JOB_NOT_STARTED);
}

void job_set_waiting(Job *job, const char *reason) {
        g_assert(job->state == JOB_NOT_STARTED);
        if (g_strcmp0(job->reason, reason) == 0)
                return;
        g_free(job->reason);
        job->reason = g_strdup(reason);
        notify(job, JOB_CHANGE_WAITING, job->state);
}

void job_output_changed(Job *job) {
        JobChange what = JOB_CHANGE_OUTPUT;

        if (job_is_finished(job) && !job->drained && job_output(job).unread == 0) {
                job->drained = true;
                what |= JOB_CHANGE_DRAINED;
        }
        notify(job, what, job->state);
}

void job_set_status_message(Job *job, const char *text) {
        g_free(job->status_message);
        job->status_message = g_strdup(text);
        notify(job, JOB_CHANGE_STATUS, job->state);
}

bool job_has_more_data(const Job *job) {
        return !job_is_finished(job) || !job->drained;
}

char *job_dup_name(const Job *job) {
        return job->name ? g_strdup(job->name) : g_strdup_printf("Job%s", job_id_label(job->id).text);
}
