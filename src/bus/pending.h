/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/job-id.h"
#include "bus/calls.h"

/*
 * Method calls that are answered later: when something happens to one of their jobs, or their time is up.
 */

#define PENDING_MAX          16384U /* calls in all, unless pending_set_limits() says otherwise */
#define PENDING_PER_USER_MAX 1024U  /* of one uid; root: no limit of its own */
#define PENDING_JOBS_MAX     10000U /* jobs that one call waits for */
/* The same of all calls of one uid; root: no limit of its own. */
#define PENDING_JOBS_PER_USER_MAX 100000U

typedef struct PendingSet PendingSet;
typedef struct Pending Pending;

typedef enum PendingEvent {
        PENDING_STATE,       /* the job's state changed */
        PENDING_REFUSED,     /* its state was to change, and does not: its reason tells why */
        PENDING_OUTPUT,      /* there is more output */
        PENDING_REMOVED,     /* the job is gone */
        PENDING_NOT_REMOVED, /* that was tried, and failed */
} PendingEvent;

/* Both return true when the call has been answered: it is freed then. */
typedef struct PendingHandler {
        bool again; /* the call may be handled again: its arguments, which are few, are kept */
        bool (*event)(Pending *pending, JobId id, PendingEvent event);
        bool (*timeout)(Pending *pending);
        bool (*asks_the_same)(const void *data, const void *other); /* NULL: not for pending_supersede() */
} PendingHandler;

struct Pending {
        PendingSet *set;
        BusCall *call; /* its holder is this */
        const PendingHandler *handler;
        void *data; /* freed with free_data */
        GDestroyNotify free_data;
        JobId *ids; /* each once */
        size_t n_ids;
        sd_event_source *timer;
        void *userdata; /* of the set */
};

PendingSet *pending_set_new(sd_event *event, BusCalls *calls, void *userdata);
void pending_set_free(PendingSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PendingSet, pending_set_free)

/* WaitingMax= and UserWaitingMax= of jobd.conf. */
void pending_set_limits(PendingSet *set, guint max, guint per_user_max);

/* Keeps the call, in *ret if that is not NULL. Always takes `data`. No id is there twice. `timeout_usec`:
 * UINT64_MAX for none. Errors: LimitExceeded. */
int pending_add(PendingSet *set, sd_bus_message *call, uid_t uid, const JobId *ids, size_t n_ids,
                uint64_t timeout_usec, const PendingHandler *handler, void *data, GDestroyNotify free_data,
                Pending **ret, sd_bus_error *error);

/* It has been answered by somebody else. */
void pending_end(Pending *pending);

/* Has the older one of this connection answered that asks the same of the same jobs, as if its time were
 * up: a client that gave one up and asks again does not fill its share with calls that it does not listen
 * for. */
void pending_supersede(PendingSet *set, const char *name, const JobId *ids, size_t n_ids,
                       const PendingHandler *handler, const void *data);

void pending_tell(PendingSet *set, JobId id, PendingEvent event);
