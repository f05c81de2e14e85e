/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/collector-private.h"

static int flush(CollectedJob *job) {
        int r;

        if (job->error < 0 && !collector_is_querying(job))
                return 0;
        r = cache_flush(job->intake.cache);
        if (r >= 0)
                return 0;
        if (collector_is_querying(job)) /* the cache is back where it was, the query is not */
                query_stop(job->collector->query);
        collector_set_error(job, r);
        return r;
}

static void tell_error(CollectedJob *job) {
        Collector *collector = job->collector;
        bool was = job->told_error < 0, is = job->error < 0;

        job->told_error = job->error;
        if (was != is)
                collector->events->trouble(job->intake.id, job->error, collector->userdata);
}

static void tell_progress(CollectedJob *job) {
        Collector *collector = job->collector;

        if (job->told_end == job->state->end)
                return;
        job->told_end = job->state->end;
        collector_restart_hint_wait(collector);
        collector->events->progress(job->intake.id, collector->userdata);
}

static void tell_acknowledge(CollectedJob *job) {
        Collector *collector = job->collector;
        uint64_t cached, allowed;

        if (collected_job_acknowledge(job, &cached, &allowed))
                collector->events->acknowledge(job->intake.id, cached, allowed, collector->userdata);
}

static void tell_pid(CollectedJob *job) {
        Collector *collector = job->collector;

        if (!job->finding ||
            (job->intake.pid == 0 && (job->error < 0 || collector_is_querying(job) || job->query.data)))
                return;
        job->finding = false;
        collector->events->pid_found(job->intake.id, job->intake.pid, collector->userdata);
}

static void tell_exit(CollectedJob *job) {
        Collector *collector = job->collector;
        ExitRecord exit = job->intake.exit; /* the callback may remove the job */
        bool has_exit = job->intake.has_exit;

        if (!collected_job_is_over(job))
                return;
        job->exited = true;
        collector_dequeue(&collector->queries, &job->query);
        if (collector_is_querying(job))
                query_stop(collector->query);
        collector->events->exited(job->intake.id, has_exit ? &exit : NULL, collector->userdata);
}

void collector_settle(Collector *collector, JobId id) {
        static void (*const tell[])(CollectedJob *) = {
                tell_error, tell_pid, tell_progress, tell_acknowledge, tell_exit,
        };
        CollectedJob *job = collector_find(collector, id);
        int r;

        r = flush(job);
        if (r >= 0 && collected_job_is_over(job) && !intake_is_complete(&job->intake)) {
                r = collected_job_book_rest(job);
                if (r < 0)
                        collector_set_error(job, r);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(tell); i++) {
                /* each of them may remove any job; ids are never used again */
                job = collector_find(collector, id);
                if (!job)
                        return;
                tell[i](job);
        }
}
