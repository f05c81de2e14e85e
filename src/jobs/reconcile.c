/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "jobs/kind.h"
#include "jobs/parents.h"
#include "jobs/places.h"
#include "jobs/reconcile.h"
#include "jobs/work.h"
#include "output/meeting.h"

/*
 * What the record says, what is there, what becomes of the job:
 *
 *   finished                                     told, if that is not certain (untold.h); else
 *                                                nothing to do
 *   unfinished, its spec file is there           it was never given to systemd: back into the queue; if a
 *                                                stop was asked for, Stopped; if it had an input descriptor,
 *                                                that is gone: Failed
 *   … but accepted in another boot               it waited; or it ran, and the power went before its file's
 *                                                going was on the disk: as below; without a trace in the
 *                                                journal, as above
 *   unfinished, its "sent" file is there         systemd was asked to start it, which may have happened: as
 *                                                below; if there is no unit and no trace in the journal, as
 *                                                above
 *   unfinished, unit alive                       goes on; output from the journal by UUID, duplicates fall
 *                                                out
 *   unfinished, unit ended but still loaded      its Result counts, and the exit record
 *   unfinished, no unit (or another's, by UUID)  the exit record in the journal tells
 *   … and no exit record                         Failed: lost, or "the system was restarted while the job
 *                                                ran"
 *
 * A failed unit that is left of a finished job, or of one that is no more, is let go.
 *
 * A control socket of systemd's descriptor store belongs to the job of its name; those of finished jobs are
 * closed. Where there is none, jobd-exec is met anew, see output/meeting.h; places where nobody can be met
 * any more go.
 */

static void on_stored(JobId id, int fd, void *userdata) {
        work_take_socket(userdata, id, fd);
}

/* −errno: it cannot be told. */
static int has_file(Jobs *jobs, const Job *job, const char *name) {
        g_autofree char *path = g_strdup_printf("%s/%s", job_id_folder(job->id).text, name);

        if (faccessat(jobs->store.dir, path, F_OK, 0) == 0)
                return 1;
        return errno == ENOENT ? 0 : -errno;
}

static void take_up(Jobs *jobs, Job *job) {
        bool this_boot = strcmp(job->boot_id, jobs->places.boot_id) == 0;
        int unsent = has_file(jobs, job, "spec");

        if (job->parent && job->parent->stop_requested && !job->stop_requested)
                job_ask_stop(job, job->parent->stopped_by, job->parent->stop_requested);
        if (unsent > 0 && this_boot) {
                places_wait_again(jobs, job);
                return;
        }
        if (job->parent)
                job_set_place(job, true);
        job_kind(job)->adopt(jobs, job, unsent != 0 || (this_boot && has_file(jobs, job, "sent") != 0));
}

/* A record that cannot be read, as a newer jobd's, is a job that may still want to know. */
static bool is_over(JobId id, const char *uuid, void *userdata) {
        JobIdText folder = job_id_folder(id);
        Jobs *jobs = userdata;
        const Job *job = job_table_find(jobs->table, id);

        if (!job)
                return faccessat(jobs->store.dir, folder.text, F_OK, 0) < 0 && errno == ENOENT;
        return strcmp(job->uuid, uuid) == 0 && job_is_finished(job) && !endings_holds(jobs->endings, id);
}

/* An earlier jobd has written its end, and been killed before it told it. Who has heard of it hears the same
 * again. */
static void on_untold(JobId id, void *userdata) {
        Jobs *jobs = userdata;
        Job *job = job_table_find(jobs->table, id);

        if (job && job_is_finished(job))
                job_tell_end(job);
}

/* Only a copy says so: that its end was to be told could not be written, either. */
static void take_copied(Jobs *jobs) {
        GHashTableIter iter;
        gpointer id;

        if (!jobs->store.copies.ids)
                return;
        g_hash_table_iter_init(&iter, jobs->store.copies.ids);
        while (g_hash_table_iter_next(&iter, &id, NULL)) {
                unsaved_add(jobs->unsaved, job_table_find(jobs->table, job_map_key(id)));
                on_untold(job_map_key(id), jobs);
        }
}

void jobs_reconcile(Jobs *jobs, sd_bus *bus) {
        g_autoptr(GHashTable) unfinished = g_hash_table_new(g_str_hash, g_str_equal);
        int r;

        take_copied(jobs);
        notifier_take_stored(on_stored, jobs);
        for (guint i = 0; i < jobs->table->jobs->len; i++)
                if (!job_is_finished(job_table_at(jobs->table, i))) {
                        (void) g_hash_table_add(unfinished, (gpointer) job_table_at(jobs->table, i)->uuid);
                        if (!job_table_at(jobs->table, i)->family)
                                take_up(jobs, job_table_at(jobs->table, i));
                }
        /* they may have ended with their children, or have lost them */
        for (guint i = 0; i < jobs->table->jobs->len; i++)
                if (job_table_at(jobs->table, i)->family && !job_is_finished(job_table_at(jobs->table, i)))
                        parents_catch_up(jobs, job_table_at(jobs->table, i));
        meeting_sweep(jobs->places.meeting_dir, unfinished);
        r = endings_of_before(jobs->endings, on_untold, jobs);
        if (r < 0)
                log_warning("Ends of jobs may have been told to nobody: %s", g_strerror(-r));
        r = leftovers_new(bus, is_over, jobs, &jobs->leftovers);
        if (r < 0)
                log_warning("Failed units of finished jobs stay: %s", g_strerror(-r));
}
