/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/run-internal.h"
#include "output/meeting.h"
#include "wire/names.h"

/*
 * A job that an earlier jobd started is taken up: its control socket, its output, its unit. Each of them may
 * be out of reach for a while, as descriptors or memory run short. That says nothing of the job: it stays
 * what its record says, and what is missing is tried again. The collector does so by itself.
 */

/* Of the descriptor store, or of the place where jobd-exec can be met; there may be nobody any more.
 * −errno. */
static int reach(Run *run) {
        g_auto(Fd) fd = -1;
        int r;

        if (run->stored >= 0)
                return run_watch(run, &run->stored);
        r = meeting_connect(run->manager->meeting_dir, run->job->uuid, &fd);
        if (r == -ENOENT || r == -ECONNREFUSED)
                return 0; /* systemd tells its end */
        if (r >= 0)
                r = run_watch(run, &fd);
        return r < 0 ? r : run_store_channel(run);
}

static void find_channel(Run *run) {
        int before = run->unreached, r = reach(run);

        run->unreached = error_is_transient(r) ? r : 0;
        if (r < 0 && r != before)
                log_job(LOG_WARNING, run->job->id, r, "its jobd-exec cannot be reached%s",
                        run->unreached < 0 ? "; that is tried again" : "");
        if (run->unreached < 0)
                return;
        if (run->channel) {
                (void) channel_ask_again(run->channel);
                collector_acknowledge(run->manager->collector, run->job->id);
        }
        run_check_started(run);
}

static void find_unit(Run *run) {
        Job *job = run->job;
        int r = unit_adopt(run->manager->units, job->id, job->uuid, job->main_pid, &run_unit_handler, run,
                           &run->unit);

        if (r < 0)
                log_job(LOG_ERR, job->id, r, "systemd cannot be asked for its unit; that is tried again");
        else if (job->stop_requested) /* saved before it was asked for */
                (void) unit_stop(run->unit);
}

/* True: nothing is missing. */
static bool adopt(Run *run) {
        if (run->adopted)
                return true;
        if (!run->channel && !run->hung_up)
                find_channel(run);
        if (!run->unit)
                find_unit(run);
        run->adopted = run->unit && run->unreached == 0;
        return run->adopted;
}

static bool try_again(void *userdata) {
        Manager *manager = userdata;
        GHashTableIter iter;
        bool all = true;
        gpointer run;

        g_hash_table_iter_init(&iter, manager->runs);
        while (g_hash_table_iter_next(&iter, NULL, &run))
                all = adopt(run) && all;
        return all;
}

void run_take_socket(Manager *manager, JobId id, int fd) {
        Job *job = job_table_find(manager->jobs, id);
        g_auto(Fd) taken = fd;

        if (job && !job_is_finished(job) && !run_find(manager, id))
                run_new(manager, job)->stored = fd_steal(&taken);
}

void run_adopt(Manager *manager, Job *job, bool in_doubt) {
        Run *run = run_find(manager, job->id);
        int r;

        if (!run)
                run = run_new(manager, job);
        run->adopted = false;
        run->in_doubt = in_doubt;
        r = run_collect(run, true);
        if (r < 0) {
                log_job(LOG_ERR, job->id, r, "its output cannot be collected");
                run->output_over = true; /* the job goes on, and systemd tells its end */
                run->in_doubt = false;   /* the journal cannot be asked whether it ran */
        }
        manager_tell_damage(manager, job);
        if (adopt(run))
                return;
        if (!manager->adoptions)
                manager->adoptions = retry_new(manager->event, "Jobs of an earlier jobd", &RETRY_SHORTAGE,
                                               try_again, manager);
        retry_later(manager->adoptions);
}
