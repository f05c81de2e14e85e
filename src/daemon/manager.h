/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "base/retry.h"
#include "bus/server.h"
#include "daemon/config.h"
#include "jobs/audit.h"
#include "jobs/endings.h"
#include "jobs/unsaved.h"
#include "output/collector.h"
#include "store/store.h"
#include "systemd/leftovers.h"
#include "systemd/notify.h"
#include "systemd/unit-driver.h"

/*
 * The parts of the daemon, and who unfinished jobs are run by. One a process.
 */

typedef struct Manager {
        sd_event *event;
        sd_bus *bus;
        const char *const *config_dirs; /* see config_load() */
        const char *meeting_dir;        /* see output/meeting.h */
        Config config;
        Store store;
        Endings *endings; /* jobs whose ends are about to be told */
        Unsaved *unsaved; /* records that wait for room */
        JobTable *jobs;
        Accounts *accounts; /* of the output of all jobs, by owner */
        UnitDriver *units;
        Leftovers *leftovers;
        Collector *collector;
        Notifier *notifier;
        Audit *audit;
        BusServer *server;
        JobMap *runs;        /* id → Run: jobs that have been started and are not finished */
        Tally *n_running;    /* the same, by owner */
        GHashTable *waiting; /* owner → Line: jobs that wait for their turn; see queue.c */
        Retry *starts;       /* of jobs that wait for what is short */
        Retry *adoptions;    /* of those, what an earlier jobd had and is out of reach; see run-adopt.c */
        bool paused;         /* nothing is started for the moment: systemd takes no starts, */
        int shortage;        /* or, −errno, what it takes cannot be had; 0 when it was at the last start */
        sd_event_source *queue_timer, *reasons_timer;
        char boot_id[33];
} Manager;

/* Loads everything, takes up where an earlier jobd left off, and takes the bus name last. */
int manager_new(sd_event *event, Manager **ret);
void manager_free(Manager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manager, manager_free)

/* µs since 1970 UTC. */
uint64_t manager_now(void);

/* Saves the job; a failure is logged, the old record stays, and it is tried again later. */
void manager_save(Manager *manager, Job *job);

/* The same, and says what came of it. */
int manager_try_save(Manager *manager, Job *job);

/* If more of the job's output was found to be damaged, everybody is told. */
void manager_tell_damage(Manager *manager, Job *job);

/* The operations behind the bus; userdata is the manager. */
extern const BusOps manager_bus_ops;
