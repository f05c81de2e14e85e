/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"
#include "base/parse.h"
#include "jobs/actions.h"
#include "jobs/limits.h"
#include "jobs/save.h"
#include "jobs/start.h"
#include "model/family.h"

/*
 * From a request to a job, or a parent with its children, that survives jobd. A parent is saved last: a
 * folder without its record is an acceptance that was cut off, and goes at the next start.
 */

static void new_uuid(char uuid[static JOBD_UUID_SIZE]) {
        g_autofree char *text = g_uuid_string_random();

        g_strlcpy(uuid, text, JOBD_UUID_SIZE);
}

int jobs_check_limits(Jobs *jobs, const JobRequest *request, uint32_t n, uid_t owner, sd_bus_error *error) {
        return limits_check(jobs, owner, request, n, error);
}

static int take_number(Jobs *jobs, uint32_t *ret, sd_bus_error *error) {
        int r = id_counter_take(&jobs->store.ids, ret);

        return r < 0 ? error_setf(error, r, "No id can be reserved: %s", g_strerror(-r)) : 0;
}

/* Not saved. Takes the request. */
static Job *make_job(Jobs *jobs, JobId id, JobRequest *request, uid_t owner) {
        char uuid[JOBD_UUID_SIZE];
        Job *job;

        new_uuid(uuid);
        job = job_new(id, uuid, owner, request->uid, request);
        limits_count(jobs, job);
        job_set_created(job, jobs_now());
        job_set_boot(job, jobs->places.boot_id);
        return job;
}

/* One with a number of its own. Takes the request. */
static int begin(Jobs *jobs, JobRequest *taken, uid_t owner, Job **ret, sd_bus_error *error) {
        g_autoptr(JobRequest) request = taken;
        uint32_t number;
        int r;

        job_request_limit_output(request, jobs->limits.output_limit);
        r = take_number(jobs, &number, error);
        if (r < 0)
                return r;
        *ret = make_job(jobs, job_id(number), g_steal_pointer(&request), owner);
        return 0;
}

static int save(Jobs *jobs, Job *job) {
        int r = store_save(&jobs->store, job);

        return r < 0 || job->family ? r : jobs_save_spec(jobs, job);
}

/* Of what was not told to anybody. */
static int give_up(Jobs *jobs, Job *job, int r, sd_bus_error *error) {
        (void) store_remove(&jobs->store, job->id);
        account_close(&job->output, job->record_size);
        return error_setf(error, r, "The job cannot be saved: %s", g_strerror(-r));
}

int jobs_accept(Jobs *jobs, JobRequest *taken, uid_t owner, Job **ret, sd_bus_error *error) {
        g_autoptr(Job) job = NULL;
        int r;

        r = begin(jobs, taken, owner, &job, error);
        if (r < 0)
                return r;
        r = save(jobs, job);
        if (r < 0)
                return give_up(jobs, job, r, error);
        *ret = job;
        job_table_add(jobs->table, g_steal_pointer(&job));
        audit_accepted(jobs->audit, *ret);
        return 0;
}

/* "build.2": as its parent is called, if that leaves room for it. */
static char *name_child(const Job *parent, uint32_t child) {
        g_autofree char *name = parent->name ? g_strdup_printf("%s.%u", parent->name, child) : NULL;

        return name && job_name_is_valid(name) ? g_steal_pointer(&name) : NULL;
}

static void free_job(gpointer job) {
        job_free(job);
}

static void close_accounts(const GPtrArray *children) {
        for (guint i = 0; i < children->len; i++) {
                Job *child = g_ptr_array_index(children, i);

                account_close(&child->output, child->record_size);
        }
}

static int make_children(Jobs *jobs, Job *parent, GPtrArray *commands, GPtrArray *children) {
        g_autofree char *reason = family_dup_reason(parent, parent->family->throttle);
        int r = 0;

        for (guint i = 0; r >= 0 && i < commands->len; i++) {
                JobId id = { .number = parent->id.number, .child = i + 1 };
                char **argv = g_steal_pointer(&commands->pdata[i]);
                JobRequest *request = job_request_dup_with(parent->request, argv);
                Job *child;

                request->name = name_child(parent, id.child);
                child = make_job(jobs, id, request, parent->owner);
                job_set_waiting(child, reason);
                g_ptr_array_add(children, child);
                r = save(jobs, child);
                job_request_forget_words(child->request);
        }
        return r;
}

int jobs_accept_family(Jobs *jobs, JobRequest *taken, GPtrArray *commands, uint32_t throttle, uid_t owner,
                       Job **ret, sd_bus_error *error) {
        g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func(free_job);
        g_autoptr(Job) parent = NULL;
        int r;

        r = begin(jobs, taken, owner, &parent, error);
        if (r < 0)
                return r;
        job_found_family(parent, commands->len, throttle);
        r = make_children(jobs, parent, commands, children);
        if (r >= 0)
                r = save(jobs, parent);
        if (r < 0) {
                close_accounts(children);
                return give_up(jobs, parent, r, error);
        }
        *ret = parent;
        job_table_add(jobs->table, g_steal_pointer(&parent));
        audit_accepted(jobs->audit, *ret);
        g_ptr_array_set_free_func(children, NULL);
        for (guint i = 0; i < children->len; i++) {
                Job *child = g_ptr_array_index(children, i);

                job_add_child(*ret, child);
                job_table_add(jobs->table, child);
                audit_accepted(jobs->audit, child);
        }
        job_request_forget_words((*ret)->request);
        return 0;
}
