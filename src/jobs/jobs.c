/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/jobs.h"

#include <errno.h>

#include "base/log.h"
#include "jobs/limits.h"
#include "jobs/parents.h"
#include "jobs/places.h"
#include "jobs/work-internal.h"

static void on_changed(Job *job, JobChange what, JobState previous, void *userdata) {
        Jobs *jobs = userdata;

        if (!job_is_finished(job)) /* that was written when it was settled */
                audit_job_changed(jobs->audit, job, previous);
        jobs->observer.changed(job, what, previous, jobs->observer.userdata);
        if (job->parent)
                parents_follow(jobs, job, what);
}

static void on_removed(JobId id, void *userdata) {
        Jobs *jobs = userdata;

        jobs->observer.removed(id, jobs->observer.userdata);
}

static void free_work(gpointer work) {
        work_free(work);
}

static int load(Jobs *jobs) {
        const JobsPlaces *places = &jobs->places;
        int r;

        r = store_open(&jobs->store, places->state_dir);
        if (r == -EBUSY)
                log_error("%s is locked: another jobd runs already, see systemctl status jobd",
                          places->state_dir);
        else if (r < 0)
                (void) log_failure(r, "%s cannot be opened", places->state_dir);
        if (r < 0)
                return r;
        if (places->copies_dir && store_keep_copies(&jobs->store, places->copies_dir, places->boot_id) < 0)
                log_warning("%s cannot be used: if jobd is killed while its disk is full, what was asked "
                            "for meanwhile is forgotten",
                            places->copies_dir);
        r = store_load(&jobs->store, jobs->table, places->boot_id, places->known_ids, NULL);
        if (r < 0)
                return log_failure(r, "The records of the jobs in %s cannot be read", places->state_dir);
        r = accounts_new(jobs->store.dir, &jobs->accounts);
        if (r < 0)
                return log_failure(r, "What the output in %s takes of the disk cannot be counted",
                                   places->state_dir);
        if (endings_sync(jobs->endings, jobs->store.dir) < 0)
                log_warning("What jobs that end have written is left to the kernel, which may take half a "
                            "minute");
        if (endings_remember(jobs->endings, jobs->store.dir) < 0)
                log_warning("If jobd is killed, ends of jobs may be told to nobody");
        for (guint i = 0; i < jobs->table->jobs->len; i++)
                limits_count(jobs, job_table_at(jobs->table, i));
        return 0;
}

int jobs_new(sd_event *event, const JobsPlaces *places, const JobObserver *observer, Jobs **ret) {
        g_autoptr(Jobs) jobs = g_new0(Jobs, 1);
        JobObserver ours = { .changed = on_changed, .removed = on_removed, .userdata = jobs };
        int r;

        jobs->event = sd_event_ref(event);
        jobs->places = *places;
        jobs->observer = *observer;
        jobs->store = (Store){ .dir = -1, .ids.fd = -1, .copies = COPIES_NONE };
        jobs->table = job_table_new(&ours);
        jobs->endings = endings_new(event, jobs->table, places->ending_wait_usec);
        jobs->unsaved = unsaved_new(event, &jobs->store, jobs->table, endings_saved, jobs->endings);
        jobs->works = job_map_new(free_work);
        jobs->n_running = tally_new();
        jobs->hungry = job_map_new(NULL);
        r = load(jobs);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&jobs);
        return 0;
}

static void on_room(void *userdata) {
        Jobs *jobs = userdata;

        jobs->events->room(jobs->userdata);
}

int jobs_connect(Jobs *jobs, sd_bus *bus) {
        int r;

        r = notifier_new(jobs->event, &jobs->notifier);
        if (r < 0)
                return log_failure(r, "systemd cannot be told of jobd");
        r = audit_new(jobs->event, jobs->places.audit_socket, &jobs->audit);
        if (r < 0)
                return log_failure(r, "The audit trail cannot be written");
        r = collector_new(jobs->event, jobs->store.dir, jobs->places.journal_dir, &work_collector_events,
                          jobs, &jobs->collector);
        if (r < 0)
                return log_failure(r, "Output cannot be collected");
        r = unit_driver_new(bus, on_room, jobs, &jobs->units);
        return r < 0 ? log_failure(r, "systemd's units cannot be watched") : 0;
}

void jobs_set_events(Jobs *jobs, const JobsEvents *events, void *userdata) {
        jobs->events = events;
        jobs->userdata = userdata;
}

void jobs_set_limits(Jobs *jobs, const JobLimits *limits) {
        jobs->limits = *limits;
        jobs->accounts->limit = limits->user_output_limit;
        collector_limit_changed(jobs->collector);
}

void jobs_free(Jobs *jobs) {
        places_free(jobs);
        g_hash_table_unref(jobs->works);
        g_clear_pointer(&jobs->adoptions, retry_free);
        tally_free(jobs->n_running);
        unsaved_try(jobs->unsaved);
        unsaved_free(jobs->unsaved);
        endings_free(jobs->endings);
        g_clear_pointer(&jobs->leftovers, leftovers_free);
        g_clear_pointer(&jobs->units, unit_driver_free);
        g_clear_pointer(&jobs->collector, collector_free);
        g_clear_pointer(&jobs->notifier, notifier_free);
        g_clear_pointer(&jobs->audit, audit_free);
        job_table_free(jobs->table);
        g_clear_pointer(&jobs->accounts, accounts_free);
        store_close(&jobs->store);
        sd_event_unref(jobs->event);
        g_free(jobs);
}
