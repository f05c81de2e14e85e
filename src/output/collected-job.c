/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/error.h"
#include "base/parse.h"
#include "output/collected-job.h"

int collected_job_new(Collector *collector, int state_dir, const CollectorJob *job, CollectedJob **ret) {
        g_autoptr(CollectedJob) new = g_new0(CollectedJob, 1);
        int r;

        new->collector = collector;
        new->intake.id = job->id;
        new->intake.uid = job->uid;
        new->intake.pid = job->pid;
        new->state = job->state;
        new->limit = job->limit;
        new->missed = job->restarted;
        r = parse_uuid(job->uuid, new->intake.uuid);
        if (r < 0)
                return r;
        new->told_end = job->state->end;
        r = collected_job_open(new, state_dir);
        if (r < 0 && !(job->restarted && error_is_transient(r)))
                return r;
        new->error = MIN(r, 0);
        *ret = g_steal_pointer(&new);
        return 0;
}

int collected_job_open(CollectedJob *job, int state_dir) {
        int r = cache_open(state_dir, job->intake.id, job->state, &job->limit, &job->intake.cache);

        if (r < 0)
                return r;
        job->acknowledged = collected_job_accounted(job);
        job->allowed = output_allowed(job->state, &job->limit);
        return 0;
}

void collected_job_free(CollectedJob *job) {
        if (!job)
                return;
        barrier_free(job->barrier);
        cache_free(job->intake.cache);
        g_free(job);
}

uint64_t collected_job_accounted(const CollectedJob *job) {
        return job->state->next[0] + job->state->next[1];
}

bool collected_job_acknowledge(CollectedJob *job, uint64_t *ret_cached, uint64_t *ret_allowed) {
        uint64_t accounted = collected_job_accounted(job);
        bool answers = job->hint_open && accounted >= job->hinted;

        if (!job->intake.cache)
                return false;
        if (!job->acknowledge && !answers && accounted - job->acknowledged < COLLECTED_ACK_BYTES)
                return false;
        if (answers)
                job->hint_open = false;
        job->acknowledge = false;
        job->acknowledged = accounted;
        *ret_cached = accounted;
        job->allowed = output_allowed(job->state, &job->limit);
        *ret_allowed = job->allowed;
        return true;
}

int collected_job_book_rest(CollectedJob *job) {
        /* a journal that lost the output may have lost the exit record as well: the control socket has its
         * totals */
        const uint64_t *total = job->intake.has_exit ? job->intake.exit.bytes : job->handed;

        for (int i = 0; i < 2; i++)
                if (cache_next(job->intake.cache, i) < total[i])
                        cache_lose(job->intake.cache, i, total[i]);
        return cache_flush(job->intake.cache);
}

bool collected_job_is_over(const CollectedJob *job) {
        if (job->error < 0 || job->exited)
                return false;
        return intake_is_complete(&job->intake) ||
               (job->checked && (job->finishing || job->intake.has_exit));
}
