/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "jobs/save.h"
#include "jobs/work-internal.h"
#include "output/meeting.h"
#include "wire/names.h"

/*
 * A job that an earlier jobd started is taken up: its control socket, its output, its unit. Each of them may
 * be out of reach for a while, as descriptors or memory run short. That says nothing of the job: it stays
 * what its record says, and what is missing is tried again. The collector does so by itself.
 */

/* Of the descriptor store, or of the place where jobd-exec can be met; there may be nobody any more.
 * −errno. */
static int reach(Work *work) {
        g_auto(Fd) fd = -1;
        int r;

        if (work->stored >= 0)
                return work_watch(work, &work->stored);
        r = meeting_connect(work->jobs->places.meeting_dir, work->job->uuid, &fd);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return 0; /* systemd tells its end */
        if (r >= 0)
                r = work_watch(work, &fd);
        return r < 0 ? r : work_store_channel(work);
}

static void find_channel(Work *work) {
        int before = work->unreached, r = reach(work);

        work->unreached = error_is_transient(r) ? r : 0;
        if (r < 0 && r != before)
                log_job(LOG_WARNING, work->job->id, r, "its jobd-exec cannot be reached%s",
                        work->unreached < 0 ? "; that is tried again" : "");
        if (work->unreached < 0)
                return;
        if (work->channel) {
                (void) channel_ask_again(work->channel);
                collector_acknowledge(work->jobs->collector, work->job->id);
        }
        work_check_started(work);
}

static void find_unit(Work *work) {
        Job *job = work->job;
        int r = unit_adopt(work->jobs->units, job->id, job->uuid, job->main_pid, &work_unit_handler, work,
                           &work->unit);

        if (r < 0)
                log_job(LOG_ERR, job->id, r, "systemd cannot be asked for its unit; that is tried again");
        else if (job->stop_requested) /* saved before it was asked for */
                (void) unit_stop(work->unit);
}

/* True: nothing is missing. */
static bool adopt(Work *work) {
        if (work->adopted)
                return true;
        if (!work->channel && !work->hung_up)
                find_channel(work);
        if (!work->unit)
                find_unit(work);
        work->adopted = work->unit && work->unreached == 0;
        return work->adopted;
}

static bool try_again(void *userdata) {
        Jobs *jobs = userdata;
        GHashTableIter iter;
        bool all = true;
        gpointer work;

        g_hash_table_iter_init(&iter, jobs->works);
        while (g_hash_table_iter_next(&iter, NULL, &work))
                all = adopt(work) && all;
        return all;
}

void work_take_socket(Jobs *jobs, JobId id, int fd) {
        Job *job = job_table_find(jobs->table, id);
        g_auto(Fd) taken = fd;

        if (job && !job_is_finished(job) && !work_find(jobs, id))
                work_new(jobs, job)->stored = fd_steal(&taken);
}

void work_adopt(Jobs *jobs, Job *job, bool in_doubt) {
        Work *work = work_find(jobs, job->id);
        int r;

        if (!work)
                work = work_new(jobs, job);
        work->adopted = false;
        work->in_doubt = in_doubt;
        work->freeze_wanted = job->state == JOB_SUSPENDING; /* saved before it was asked for */
        r = work_collect(work, true);
        if (r < 0) {
                log_job(LOG_ERR, job->id, r, "its output cannot be collected");
                work->output_over = true; /* the job goes on, and systemd tells its end */
                work->in_doubt = false;   /* the journal cannot be asked whether it ran */
        }
        jobs_tell_damage(jobs, job);
        if (adopt(work))
                return;
        if (!jobs->adoptions)
                jobs->adoptions = retry_new(jobs->event, "Jobs of an earlier jobd", &RETRY_SHORTAGE,
                                            try_again, jobs);
        retry_later(jobs->adoptions);
}
