/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "authz/authz.h"
#include "base/job-id.h"
#include "bus/backlog.h"
#include "bus/caller.h"
#include "bus/lease.h"
#include "bus/pending.h"
#include "bus/receipts.h"
#include "bus/subscribers.h"
#include "bus/unread.h"
#include "jobs/jobs.h"

/*
 * org.jobd1 on the bus: reads calls, checks who calls, has done what they ask for (jobs/actions.h), writes
 * answers and signals.
 */

/* The configuration, anew; if it has errors, nothing changes. As jobs/actions.h. */
typedef int (*BusReloadFunc)(sd_bus_error *error, void *userdata);

typedef struct BusServer {
        sd_bus *bus;
        Jobs *jobs;
        BusReloadFunc reload;
        void *userdata; /* of `reload` */
        CallerCache *callers;
        Authz *authz;
        BusCalls *calls;
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
        Unread *unread;
        Backlog *backlog;
        Subscribers *subscribers;
        Receipts *receipts;
} BusServer;

/* `jobs` is borrowed. */
int bus_server_new(sd_bus *bus, Jobs *jobs, BusReloadFunc reload, void *userdata, BusServer **ret);
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
