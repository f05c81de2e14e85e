/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/job-id.h"
#include "bus/internal.h"

/*
 * Wait and WaitJobs. A job's wait ends when it is in one of the States, which are the final ones if none are
 * given; or when it cannot come there any more, as it is removed, or finished in another state. The call is
 * answered when that is so for all of its jobs, or with Mode any when one is there; when, without Force,
 * jobs that somebody must help on (blocked, suspended, disconnected) keep it from coming true: one of them,
 * or with any all that are left; when its time is up; or when its connection asks for the same again, as
 * one does that has given up to wait for the first answer.
 */

typedef struct WaitOptions {
        const char *mode;
        uint64_t timeout_usec;
        bool force;
        unsigned states; /* a bit each; 0: those that are final */
} WaitOptions;

static const Option wait_options[] = {
        { "TimeoutUSec", "t", option_basic, offsetof(WaitOptions, timeout_usec) },
        { "Force", "b", option_bool, offsetof(WaitOptions, force) },
        /* WaitJobs alone */
        { "Mode", "s", option_basic, offsetof(WaitOptions, mode) },
        { "States", "as", option_states, offsetof(WaitOptions, states) },
};

#define N_OF_MANY 2U /* options at the end that are WaitJobs' alone */

/* One job of a call. */
typedef struct Target {
        bool is_ended, is_removed, is_stuck;
        JobState state; /* in which it ended */
} Target;

/* One call, as it waits. */
typedef struct Wait {
        bool many; /* WaitJobs */
        bool any;
        bool force;
        unsigned states;
        size_t n_left, n_stuck, n_reached;
        JobMap *index;   /* id → index of Pending.ids */
        uint32_t *ended; /* in the order of their ends */
        size_t n_ended;
        Target *targets; /* by index of Pending.ids */
} Wait;

static void wait_free(gpointer p) {
        Wait *wait = p;

        g_hash_table_unref(wait->index);
        g_free(wait->ended);
        g_free(wait->targets);
        g_free(wait);
}

static Wait *wait_new(bool many, const WaitOptions *options, const JobId *ids, size_t n) {
        Wait *wait = g_new(Wait, 1);

        *wait = (Wait){
                .many = many,
                .any = strcmp(options->mode, "any") == 0,
                .force = options->force,
                .states = options->states,
                .n_left = n,
                .index = job_map_new(NULL),
                .ended = g_new(uint32_t, n),
                .targets = g_new0(Target, n),
        };
        for (size_t i = 0; i < n; i++)
                job_map_set(wait->index, ids[i], GSIZE_TO_POINTER(i));
        return wait;
}

static bool is_awaited(const Wait *wait, const Job *job) {
        return wait->states ? wait->states & (1U << job->state) : job_is_finished(job);
}

/* Somebody must help it on. */
static bool is_stuck(const Wait *wait, const Job *job) {
        return !wait->force &&
               (job->state == JOB_BLOCKED || job->state == JOB_SUSPENDED || job->state == JOB_DISCONNECTED);
}

static void book_stuck(Wait *wait, Target *target, bool stuck) {
        wait->n_stuck = wait->n_stuck - target->is_stuck + stuck;
        target->is_stuck = stuck;
}

/* How a job is now. `job` NULL: it is gone. */
static void book(Wait *wait, JobId id, const Job *job) {
        size_t i = GPOINTER_TO_SIZE(job_map_get(wait->index, id));
        Target *target = &wait->targets[i];

        if (target->is_ended)
                return;
        book_stuck(wait, target, false);
        if (job && is_awaited(wait, job))
                wait->n_reached++;
        else if (job && !job_is_finished(job)) {
                book_stuck(wait, target, is_stuck(wait, job));
                return;
        }
        target->is_ended = true;
        target->is_removed = !job;
        target->state = job ? job->state : _JOB_STATE_INVALID;
        wait->ended[wait->n_ended++] = (uint32_t) i;
        wait->n_left--;
}

static bool is_over(const Wait *wait) {
        if (wait->n_left == 0)
                return true;
        return wait->any ? wait->n_reached > 0 || wait->n_stuck == wait->n_left : wait->n_stuck > 0;
}

#define RESULT_SIZE 48U /* at most, of one job in an answer */

static int append_result(sd_bus_message *reply, JobTable *jobs, JobId id, const Target *target,
                         bool timed_out) {
        const Job *job = job_table_find(jobs, id);
        const char *word;

        if (target->is_removed || !job)
                word = "removed";
        else if (target->is_ended)
                word = job_state_to_string(target->state);
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
                                  &wait->targets[wait->ended[i]], false);
        for (size_t i = 0; r >= 0 && i < n_ids; i++)
                if (!wait->targets[i].is_ended)
                        r = append_result(reply, server->jobs->table, ids[i], &wait->targets[i], timed_out);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : bus_send_large(server, call, reply, n_ids * RESULT_SIZE);
}

static int reply_one(BusServer *server, sd_bus_message *call, const Wait *wait, JobId id) {
        const Job *job = job_table_find(server->jobs->table, id);

        if (!job || wait->targets[0].is_removed)
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
        const Job *job = event == PENDING_REMOVED ? NULL : job_table_find(server->jobs->table, id);
        Wait *wait = pending->data;

        if (event == PENDING_OUTPUT)
                return false;
        book(wait, id, job);
        if (!is_over(wait))
                return false;
        (void) reply_wait(server, pending->call->message, wait, pending->ids, pending->n_ids, false);
        return true;
}

static bool on_timeout(Pending *pending) {
        (void) reply_wait(pending->userdata, pending->call->message, pending->data, pending->ids,
                          pending->n_ids, true);
        return true;
}

static bool asks_the_same(const void *a, const void *b) {
        const Wait *x = a, *y = b;

        return x->many == y->many && x->any == y->any && x->force == y->force && x->states == y->states;
}

static const PendingHandler wait_handler = {
        .event = on_event,
        .timeout = on_timeout,
        .asks_the_same = asks_the_same,
};

/* By the time of their ends, equal ones by their ids. */
static gint compare_ends(gconstpointer a, gconstpointer b) {
        const Job *x = *(const Job *const *) a, *y = *(const Job *const *) b;

        /* as unsigned numbers: what has not ended is the last */
        if (x->ended != y->ended)
                return x->ended - 1 < y->ended - 1 ? -1 : 1;
        return job_id_compare(x->id, y->id);
}

/* Books how the jobs are, of those that have ended already the first to end first. */
static void book_present(BusServer *server, Wait *wait, const JobId *ids, size_t n_ids) {
        g_autoptr(GPtrArray) present = g_ptr_array_new();

        for (size_t i = 0; i < n_ids; i++) {
                Job *job = job_table_find(server->jobs->table, ids[i]);

                if (job)
                        g_ptr_array_add(present, job);
        }
        g_ptr_array_sort(present, compare_ends);
        for (guint i = 0; i < present->len; i++)
                book(wait, ((const Job *) g_ptr_array_index(present, i))->id, g_ptr_array_index(present, i));
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
        pending_supersede(server->pending, sd_bus_message_get_sender(call), ids, n_ids, &wait_handler, wait);
        r = pending_add(server->pending, call, uid, ids, n_ids, timeout_usec, &wait_handler, wait, wait_free,
                        NULL, error);
        return r < 0 ? r : 1;
}

int bus_method_wait(sd_bus_message *call, void *userdata, sd_bus_error *error) {
        WaitOptions options = { .mode = "all", .timeout_usec = UINT64_MAX };
        BusServer *server = bus_server_of(call);
        const Job *job = userdata;
        JobId id = job->id;
        const Caller *caller;
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = options_read(call, wait_options, G_N_ELEMENTS(wait_options) - N_OF_MANY, &options, error);
        if (r < 0)
                return r;
        return wait_or_reply(server, call, caller->uid, wait_new(false, &options, &id, 1), &id, 1,
                             options.timeout_usec, error);
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
        int r;

        r = caller_get(server->callers, call, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = read_jobs(server, call, ids, error);
        if (r >= 0)
                r = options_read(call, wait_options, G_N_ELEMENTS(wait_options), &options, error);
        if (r < 0)
                return r;
        if (strcmp(options.mode, "any") != 0 && strcmp(options.mode, "all") != 0)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Option Mode: '%.32s' is neither any nor all", options.mode);
        list = (const JobId *) (void *) ids->data;
        return wait_or_reply(server, call, caller->uid, wait_new(true, &options, list, ids->len), list,
                             ids->len, options.timeout_usec, error);
}
