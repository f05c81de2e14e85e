/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "authz/authz.h"
#include "base/job-id.h"
#include "bus/audience.h"
#include "bus/backlog.h"
#include "bus/caller.h"
#include "bus/lease.h"
#include "bus/owed.h"
#include "bus/pending.h"
#include "bus/receipts.h"
#include "bus/subscribers.h"
#include "model/job-table.h"

/*
 * org.jobd1 on the bus: reads calls, checks who calls, writes answers and signals. What a call does is done
 * by the daemon, through these operations. All return 0 or a negative error, with or without a text in
 * `error`.
 */

typedef struct BusOps {
        /* Whether there is room for one more job, of this caller and size: LimitExceeded if not. */
        int (*check_limits)(const JobRequest *request, const Caller *caller, sd_bus_error *error,
                            void *userdata);
        /* There is room. Accepts a job; takes the request in any case. The job is in the table, nothing has
         * been started yet. */
        int (*accept_job)(JobRequest *request, const Caller *caller, Job **ret, sd_bus_error *error,
                          void *userdata);
        /* After the reply: start it as soon as may be. */
        void (*launch_job)(Job *job, void *userdata);
        /* The job is not finished. It may be when this returns. */
        int (*stop_job)(Job *job, uid_t by, sd_bus_error *error, void *userdata);
        int (*kill_job)(Job *job, int signo, bool all, uid_t by, sd_bus_error *error, void *userdata);
        /* The job is finished. It is freed, and JobRemoved has been sent, when this returns 0. */
        int (*remove_job)(Job *job, uid_t by, sd_bus_error *error, void *userdata);
        int (*consume)(Job *job, uint64_t to, sd_bus_error *error, void *userdata);
        /* The job's output was read, in which it may have been found to be damaged. */
        void (*output_looked_at)(Job *job, void *userdata);
        /* Of a job whose words are in its record alone. */
        int (*load_request)(Job *job, JobRequest **ret, void *userdata);
        /* The configuration, anew; if it has errors, nothing changes. */
        int (*reload)(sd_bus_error *error, void *userdata);
        /* For the record: the caller has no right to that, or no room. `job_id` is 0 if it is about no
         * job. */
        void (*refused)(const Caller *caller, const char *member, JobId id, const char *why, void *userdata);
} BusOps;

typedef struct BusServer {
        sd_bus *bus;
        JobTable *jobs;
        const BusOps *ops;
        void *userdata; /* of the operations */
        int state_dir;  /* borrowed */
        CallerCache *callers;
        Authz *authz;
        PendingSet *pending;
        LeaseTable *leases;
        sd_bus_slot *filter_slot, *manager_slot, *job_slot, *enumerator_slot;
        JobMap *changed; /* id → JobChange flags, of this turn of the loop */
        /* ids: all know that their output has changed, and nobody has asked since */
        JobMap *invalidated;
        JobMap *unheard; /* as `changed`, of what everybody is to be told when that may be */
        GArray *events;  /* of this turn; see changes.c */
        bool manager_changed, manager_unheard;
        GArray *removals;           /* of Removal: see bus_remove_soon() */
        sd_bus_error removal_error; /* while PENDING_NOT_REMOVED is told */
        sd_event_source *flush, *flush_later;
        Owed *owed;
        Backlog *backlog;
        Audience *audience;
        Subscribers *subscribers;
        Receipts *receipts;
} BusServer;

int bus_server_new(sd_bus *bus, JobTable *jobs, int state_dir, const BusOps *ops, void *userdata,
                   BusServer **ret);
void bus_server_free(BusServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BusServer, bus_server_free)

typedef struct BusLimits {
        guint waiting_max, user_waiting_max; /* see pending.h */
        AuthzLimits questions;
} BusLimits;

/* How many calls may wait; those that do stay. */
void bus_server_set_limits(BusServer *server, const BusLimits *limits);

/* The daemon tells what happened to a job; at the end of this turn of the loop signals follow, and calls
 * that wait for it are answered. */
void bus_job_added(BusServer *server, const Job *job);
void bus_job_changed(BusServer *server, const Job *job, JobChange what, JobState previous);
void bus_job_removed(BusServer *server, JobId id);
