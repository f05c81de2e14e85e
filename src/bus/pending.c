/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "bus/held-call.h"
#include "bus/pending.h"

struct PendingSet {
        sd_event *event;
        BusCalls *calls;
        GHashTable *all; /* of Pending */
        JobMap *by_job;  /* id → GPtrArray of Pending */
        guint max, per_user_max;
        void *userdata;
};

static void pending_free(Pending *pending) {
        g_clear_pointer(&pending->timer, sd_event_source_disable_unref);
        if (pending->free_data)
                pending->free_data(pending->data);
        bus_call_free(pending->call);
        g_free(pending->ids);
        g_free(pending);
}

static void pending_remove(Pending *pending) {
        PendingSet *set = pending->set;

        for (size_t i = 0; i < pending->n_ids; i++) {
                JobId id = pending->ids[i];
                GPtrArray *list = job_map_get(set->by_job, id);

                if (list && g_ptr_array_remove_fast(list, pending) && list->len == 0)
                        job_map_remove(set->by_job, id);
        }
        g_hash_table_remove(set->all, pending);
        pending_free(pending);
}

static void list_free(gpointer p) {
        g_ptr_array_unref(p);
}

static void drop(BusCall *call) {
        pending_remove(call->holder);
}

PendingSet *pending_set_new(sd_event *event, BusCalls *calls, void *userdata) {
        PendingSet *set = g_new0(PendingSet, 1);

        set->event = sd_event_ref(event);
        set->calls = calls;
        bus_calls_set_place(calls, CALL_WAITS_FOR_JOBS, drop);
        set->all = g_hash_table_new(NULL, NULL);
        set->by_job = job_map_new(list_free);
        set->max = PENDING_MAX;
        set->per_user_max = PENDING_PER_USER_MAX;
        set->userdata = userdata;
        return set;
}

void pending_set_free(PendingSet *set) {
        g_autoptr(GList) all = g_hash_table_get_keys(set->all);

        for (GList *l = all; l; l = l->next)
                pending_remove(l->data);
        g_hash_table_unref(set->all);
        g_hash_table_unref(set->by_job);
        sd_event_unref(set->event);
        g_free(set);
}

void pending_set_limits(PendingSet *set, guint max, guint per_user_max) {
        set->max = max;
        set->per_user_max = per_user_max;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Pending *pending = userdata;

        if (pending->handler->timeout(pending))
                pending_remove(pending);
        return 0;
}

static int arm(Pending *pending, uint64_t timeout_usec) {
        /* a time beyond the clock is no time-out */
        if (timeout_usec > UINT64_MAX / 2)
                return 0;
        return sd_event_add_time_relative(pending->set->event, &pending->timer, CLOCK_MONOTONIC,
                                          timeout_usec, 1000, on_timer, pending);
}

static int check_limits(const PendingSet *set, uid_t uid, size_t n_ids, sd_bus_error *error) {
        CallLoad load = bus_calls_of_user(set->calls, CALL_WAITS_FOR_JOBS, uid);

        if (n_ids > PENDING_JOBS_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "More than %u jobs in one call",
                                  PENDING_JOBS_MAX);
        if (uid != 0 && load.n_jobs + n_ids > PENDING_JOBS_PER_USER_MAX)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "More than %u jobs in all waiting calls of one user",
                                  PENDING_JOBS_PER_USER_MAX);
        if (uid != 0 && load.n_calls >= set->per_user_max)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "More than %u waiting calls of one user (UserWaitingMax=)",
                                  set->per_user_max);
        if (g_hash_table_size(set->all) >= set->max)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED, "More than %u waiting calls (WaitingMax=)",
                                  set->max);
        return 0;
}

static void insert(PendingSet *set, Pending *pending) {
        g_hash_table_add(set->all, pending);
        for (size_t i = 0; i < pending->n_ids; i++) {
                JobId id = pending->ids[i];
                GPtrArray *list = job_map_get(set->by_job, id);

                if (!list) {
                        list = g_ptr_array_new();
                        job_map_set(set->by_job, id, list);
                }
                g_ptr_array_add(list, pending);
        }
}

int pending_add(PendingSet *set, sd_bus_message *call, uid_t uid, const JobId *ids, size_t n_ids,
                uint64_t timeout_usec, const PendingHandler *handler, void *data, GDestroyNotify free_data,
                Pending **ret, sd_bus_error *error) {
        g_autoptr(sd_bus_message) kept = NULL;
        int r = check_limits(set, uid, n_ids, error);
        Pending *pending;

        if (r >= 0 && !handler->again)
                r = held_call_stub(call, &kept);
        if (r < 0) {
                if (free_data)
                        free_data(data);
                return r;
        }
        pending = g_new(Pending, 1);
        *pending = (Pending){
                .set = set,
                .call = bus_call_new(kept ? g_steal_pointer(&kept) : sd_bus_message_ref(call),
                                     HELD_CALL_SIZE, 0),
                .handler = handler,
                .data = data,
                .free_data = free_data,
                .ids = g_memdup2(ids, n_ids * sizeof(*ids)),
                .n_ids = n_ids,
                .userdata = set->userdata,
        };
        pending->call->holder = pending;
        pending->call->load.n_jobs = (guint) n_ids;
        r = arm(pending, timeout_usec);
        if (r < 0) {
                pending_free(pending);
                return r;
        }
        bus_call_enter(set->calls, pending->call, CALL_WAITS_FOR_JOBS, uid);
        insert(set, pending);
        if (ret)
                *ret = pending;
        return 0;
}

void pending_end(Pending *pending) {
        pending_remove(pending);
}

void pending_supersede(PendingSet *set, const char *name, const JobId *ids, size_t n_ids,
                       const PendingHandler *handler, const void *data) {
        GPtrArray *list = n_ids > 0 ? job_map_get(set->by_job, ids[0]) : NULL;

        for (guint i = list ? list->len : 0; i > 0; i--) {
                Pending *pending = g_ptr_array_index(list, i - 1);

                if (pending->handler != handler || !handler->asks_the_same(pending->data, data) ||
                    pending->n_ids != n_ids || memcmp(pending->ids, ids, n_ids * sizeof(*ids)) != 0 ||
                    strcmp(sd_bus_message_get_sender(pending->call->message), name) != 0)
                        continue;
                if (handler->timeout(pending))
                        pending_remove(pending);
                break; /* there is one at most */
        }
}

void pending_tell(PendingSet *set, JobId id, PendingEvent event) {
        GPtrArray *list = job_map_get(set->by_job, id);
        g_autoptr(GPtrArray) copy = NULL;

        if (!list)
                return;
        /* a handler may end other calls too (it removes the job) */
        copy = g_ptr_array_copy(list, NULL, NULL);
        for (guint i = 0; i < copy->len; i++) {
                Pending *pending = g_ptr_array_index(copy, i);

                if (g_hash_table_contains(set->all, pending) && pending->handler->event(pending, id, event))
                        pending_remove(pending);
        }
}
