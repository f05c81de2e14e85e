/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/start.h"

#include <errno.h>

#include "base/error.h"
#include "jobs/kind.h"
#include "jobs/settle.h"
#include "jobs/spec.h"

int jobs_save_spec(Jobs *jobs, const Job *job) {
        g_autoptr(GBytes) spec = spec_compose(job);
        gsize size;
        gconstpointer blob = g_bytes_get_data(spec, &size);

        return store_save_spec(&jobs->store, job->id, blob, size);
}

static int load_spec(Jobs *jobs, const Job *job, GBytes **ret) {
        int r = store_load_spec(&jobs->store, job->id, ret);

        if (r != -ENOENT)
                return r;
        /* it was sent and did not get there, and that could not be written down then */
        r = store_mark_unsent(&jobs->store, job->id);
        return r < 0 ? r : store_load_spec(&jobs->store, job->id, ret);
}

int jobs_start(Jobs *jobs, Job *job, bool stored) {
        g_autoptr(GBytes) spec = NULL;
        int r = stored ? load_spec(jobs, job, &spec) : 0;

        if (r >= 0) /* not without that mark: another jobd would start it again */
                r = store_mark_sent(&jobs->store, job->id);
        return r < 0 ? r : job_kind(job)->start(jobs, job, spec);
}

bool jobs_unsend(Jobs *jobs, Job *job) {
        int r;

        if (job->stop_requested) {
                jobs_settle_unstarted(jobs, job, NULL);
                return false;
        }
        if (job->request->had_input && job->request->standard_input < 0) {
                jobs_settle_unstarted(jobs, job, "its standard input was lost while it waited");
                return false;
        }
        r = store_mark_unsent(&jobs->store, job->id);
        if (r < 0 && r != -ENOENT && !error_is_transient(r)) {
                jobs_settle_unstarted(jobs, job, g_strerror(-r));
                return false;
        }
        return true;
}
