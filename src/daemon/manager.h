/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/server.h"
#include "daemon/config.h"
#include "jobs/jobs.h"
#include "queue/queue.h"

/*
 * The parts of the daemon, and what connects them. One a process.
 */

typedef struct Manager {
        sd_event *event;
        sd_bus *bus;
        const char *const *config_dirs; /* see config_load() */
        Config config;
        Jobs *jobs;
        Queue *queue;
        BusServer *server;
} Manager;

/* Loads everything, takes up where an earlier jobd left off, and takes the bus name last. */
int manager_new(sd_event *event, Manager **ret);

/* Parts of that. What the disk says of jobs is loaded; the parts are made, on manager->bus. −errno. */
int manager_load(Manager *manager, const JobsPlaces *places);
int manager_connect(Manager *manager);

void manager_free(Manager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Manager, manager_free)
