/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/job-id.h"
#include "bus/internal.h"

/*
 * Wait and WaitJobs. A job's wait ends when it is finished, or, without Force, suspended or disconnected;
 * when it is removed; when the call's time is up; or when its connection asks for the same again, as one
 * does that has given up to wait for the first answer.
 */

typedef struct WaitOptions {
        const char *mode;
        uint64_t timeout_usec;
        bool force;
} WaitOptions;

static const Option wait_options[] = {
        { "TimeoutUSec", "t", option_basic, offsetof(WaitOptions, timeout_usec) },
        { "Force", "b", option_bool, offsetof(WaitOptions, force) },
        { "Mode", "s", option_basic, offsetof(WaitOptions, mode) }, /* WaitJobs alone */
};

/* One call, as it waits. */
typedef struct Wait {
        bool many; /* WaitJobs */
        bool any;
        bool force;
        size_t n_left;
        JobMap *index;   /* id → index of Pending.ids */
        uint32_t *ended; /* in the order of their ends */
        size_t n_ended;
        bool *is_ended;   /* by index of Pending.ids */
        bool *is_removed; /* likewise */
} Wait;

static void wait_free(gpointer p) {
        Wait *wait = p;

        g_hash_table_unref(wait->index);
        g_free(wait->ended);
        g_free(wait->is_ended);
        g_free(wait->is_removed);
        g_free(wait);
}

static Wait *wait_new(bool many, bool any, bool force, const JobId *ids, size_t n) {
        Wait *wait = g_new(Wait, 1);

        *wait = (Wait){
                .many = many,
                .any = any,
                .force = force,
                .n_left = n,
                .index = job_map_new(NULL),
                .ended = g_new(uint32_t, n),
                .is_ended = g_new0(bool, n),
                .is_removed = g_new0(bool, n),
        };
        for (size_t i = 0; i < n; i++)
                job_map_set(wait->index, ids[i], GSIZE_TO_POINTER(i));
        return wait;
}

static bool ends_wait(const Job *job, bool force) {
        if (job_is_finished(job))
                return true;
        return !force && (job->state == JOB_SUSPENDED || job->state == JOB_DISCONNECTED);
}

static void book_end(Wait *wait, JobId id, bool removed) {
        size_t i = GPOINTER_TO_SIZE(job_map_get(wait->index, id));

        if (wait->is_ended[i])
                return;
        wait->is_ended[i] = true;
        wait->is_removed[i] = removed;
        wait->ended[wait->n_ended++] = (uint32_t) i;
        wait->n_left--;
}

static bool is_over(const Wait *wait) {
        return wait->n_left == 0 || (wait->any && wait->n_ended > 0);
}

#define RESULT_SIZE 48U /* at most, of one job in an answer */

static int append_result(sd_bus_message *reply, JobTable *jobs, JobId id, bool removed, bool timed_out) {
        const Job *job = job_table_find(jobs, id);
        const char *word;

        if (removed || !job)
                word = "removed";
        else
                word = timed_out ? "timeout" : job_state_to_string(job->state);
        return sd_bus_message_append(reply, "(os)", job_id_path(id).text, word);
}

static int reply_many(BusServer *server, sd_bus_message *call, const Wait *wait, const JobId *ids,
                      size_t n_ids, bool timed_out) {
        g_autoptr(sd_bus_message) reply = NULL;
        int r = sd_bus_message_new_method_return(call, &reply);

        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(os)");
        for (size_t i = 0; r >= 0 && i < wait->n_ended; i++)
                r = append_result(reply, server->jobs->table, ids[wait->ended[i]],
                                  wait->is_removed[wait->ended[i]], false);
        for (size_t i = 0; r >= 0 && i < n_ids; i++)
                if (!wait->is_ended[i])
                        r = append_result(reply, server->jobs->table, ids[i], false, timed_out);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : bus_send_large(server, call, reply, n_ids * RESULT_SIZE);
}

static int reply_one(BusServer *server, sd_bus_message *call, const Wait *wait, JobId id) {
        const Job *job = job_table_find(server->jobs->table, id);

        if (!job || (wait->n_ended > 0 && wait->is_removed[0]))
                return sd_bus_reply_method_errorf(call, JOBD_ERROR_PREFIX "NoSuchJob", "Job %s was removed",
                                                  job_id_label(id).text);
        return sd_bus_reply_method_return(call, "s", job_state_to_string(job->state));
}

static int reply_wait(BusServer *server, sd_bus_message *call, const Wait *wait, const JobId *ids,
                      size_t n_ids, bool timed_out) {
        if (wait->many)
                return reply_many(server, call, wait, ids, n_ids, timed_out);
        return reply_one(server, call, wait, ids[0]);
}

static bool on_event(Pending *pending, JobId id, PendingEvent event) {
        BusServer *server = pending->userdata;
        const Job *job = job_table_find(server->jobs->table, id);
        Wait *wait = pending->data;

        if (event == PENDING_OUTPUT)
                return false;
        if (event == PENDING_REMOVED || !job)
                book_end(wait, id, true);
        else if (ends_wait(job, wait->force))
                book_end(wait, id, false);
        if (!is_over(wait))
                return false;
        (void) reply_wait(server, pending->call, wait, pending->ids, pending->n_ids, false);
        return true;
}

static bool on_timeout(Pending *pending) {
        (void) reply_wait(pending->userdata, pending->call, pending->data, pending->ids, pending->n_ids,
                          true);
        return true;
}

/* All the same; which one it is says what is asked. */
static const PendingHandler wait_handlers[] = {
        { .event = on_event, .timeout = on_timeout }, { .event = on_event, .timeout = on_timeout },
        { .event = on_event, .timeout = on_timeout }, { .event = on_event, .timeout = on_timeout },
        { .event = on_event, .timeout = on_timeout }, { .event = on_event, .timeout = on_timeout },
};

static const PendingHandler *handler_of(const Wait *wait) {
        return &wait_handlers[(wait->force ? 3 : 0) + (wait->many ? 1 + wait->any : 0)];
}

/* By the time of their ends, equal ones by their ids. */
static gint compare_ends(gconstpointer a, gconstpointer b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        if (x->ended != y->ended)
                return x->ended < y->ended ? -1 : 1;
        return job_id_compare(x->id, y->id);
}

/* Books the jobs that have ended already, the first to end first. */
static void book_present(BusServer *server, Wait *wait, const JobId *ids, size_t n_ids) {
        g_autoptr(GPtrArray) done = g_ptr_array_new();

        for (size_t i = 0; i < n_ids; i++) {
                Job *job = job_table_find(server->jobs->table, ids[i]);

                if (job && ends_wait(job, wait->force))
                        g_ptr_array_add(done, job);
        }
        g_ptr_array_sort(done, compare_ends);
        for (guint i = 0; i < done->len; i++)
                book_end(wait, ((const Job *) g_ptr_array_index(done, i))->id, false);
}

static int wait_or_reply(BusServer *server, sd_bus_message *call, uid_t uid, Wait *wait, const JobId *ids,
                         size_t n_ids, uint64_t timeout_usec, sd_bus_error *error) {
        int r;

        book_present(server, wait, ids, n_ids);
        if (is_over(wait) || timeout_usec == 0) {
                r = reply_wait(server, call, wait, ids, n_ids, !is_over(wait));
                wait_free(wait);
                return r;
        }
        pending_supersede(server->pending, sd_bus_message_get_sender(call), ids, n_ids, handler_of(wait));
        r = pending_add(server->pending, call, uid, ids, n_ids, timeout_usec, handler_of(wait), wait,
                        wait_free, NULL, error);
        return r < 0 ? r : 1;
}

int bus_method_wait(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        WaitOptions options = { .timeout_usec = UINT64_MAX };
        BusServer *server = bus_server_of(call);
        const Job *job = userdata;
        JobId id = job->id;
        const Caller *caller;
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = options_read(call, wait_options, G_N_ELEMENTS(wait_options) - 1, &options, error);
        if (r < 0)
                return r;
        return wait_or_reply(server, call, caller->uid, wait_new(false, false, options.force, &id, 1), &id,
                             1, options.timeout_usec, error);
}

/* A job that is named twice counts once, at its first place. */
static int read_jobs(BusServer *server, sd_bus_message *call, GArray *ids, sd_bus_error *error) {
        g_autoptr(JobMap) seen = job_map_new(NULL);
        const char *path;
        unsigned n = 0;
        Job *job;
        int r = sd_bus_message_enter_container(call, 'a', "o");

        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(call, "o", &path)) > 0) {
                r = bus_find_job(server, path, &job, error);
                if (r < 0)
                        return r;
                if (++n > PENDING_JOBS_MAX)
                        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "More than %u jobs in one call",
                                          PENDING_JOBS_MAX);
                if (job_map_add(seen, job->id))
                        g_array_append_val(ids, job->id);
        }
        if (r < 0)
                return r;
        return sd_bus_message_exit_container(call);
}

int bus_method_wait_jobs(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        WaitOptions options = { .mode = "all", .timeout_usec = UINT64_MAX };
        BusServer *server = userdata;
        const JobId *list;
        const Caller *caller;
        bool any;
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = read_jobs(server, call, ids, error);
        if (r >= 0)
                r = options_read(call, wait_options, G_N_ELEMENTS(wait_options), &options, error);
        if (r < 0)
                return r;
        any = strcmp(options.mode, "any") == 0;
        if (!any && strcmp(options.mode, "all") != 0)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Option Mode: '%.32s' is neither any nor all", options.mode);
        list = (const JobId *) (void *) ids->data;
        return wait_or_reply(server, call, caller->uid, wait_new(true, any, options.force, list, ids->len),
                             list, ids->len, options.timeout_usec, error);
}
