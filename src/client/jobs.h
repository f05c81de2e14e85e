/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/client.h"

/*
 * Jobs as jobd lists them.
 */

/* Only what was asked for is set; the strings live in the list's replies. */
typedef struct Job {
        JobId id;
        const char *name, *uuid, *type, *state, *reason, *location;
        const char *command; /* NULL: private */
        bool has_more_data;
        uint64_t created_usec, begin_usec, end_usec; /* 0: not yet */
        uint64_t output_bytes, output_lost, output_dropped;
        uint64_t cpu_nsec, memory_peak; /* UINT64_MAX: unknown */
        uint32_t owner, uid;
        uint32_t n_children;
        const char *result, *unit, *status_message;
        int32_t exit_code, exit_signal, exec_errno;
} Job;

typedef struct JobList {
        GPtrArray *replies; /* of sd_bus_message */
        GArray *jobs;       /* of Job, in the order of their ids */
} JobList;

void job_list_done(JobList *list);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(JobList, job_list_done)

#define job_list_at(list, i) (&g_array_index((list)->jobs, Job, i))

/* What to list; all zeros is everything. */
typedef struct JobQuery {
        const char *const *properties; /* NULL-terminated names of org.jobd1.Job, and Command */
        const GArray *ids;             /* of JobId: others are not needed, but may come; NULL: all are */
        char **states;                 /* NULL: any */
        const uint32_t *owner;         /* NULL: everybody's */
        int has_more_data;             /* 0: whatever, 1: yes, −1: no */
        uint64_t before_usec;          /* 0: whenever */
        uint64_t after_usec;
        uint32_t newest; /* 0: all */
        bool children;   /* of any job, too */
        JobId parent;    /* 0: any; otherwise its children alone */
} JobQuery;

int job_list_fetch(Client *c, const JobQuery *q, JobList *ret);

/* One job's public properties. Negative errno, with `error`. The strings live in *ret_reply. */
int job_fetch(Client *c, JobId id, Job *ret, sd_bus_message **ret_reply, sd_bus_error *error);

/* The call that asks for them, and the reading of its reply, for those who have more under way. */
int job_fetch_new(Client *c, JobId id, sd_bus_message **ret);
int job_fetch_read(sd_bus_message *reply, JobId id, Job *ret);

/* True if its state is one that a job does not leave. */
bool job_is_finished(const Job *job);

/* "7 (name)", or "7" if the name says no more. */
char *job_label(const Job *job);
