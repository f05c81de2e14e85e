/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "base/retry.h"
#include "jobs/audit.h"
#include "jobs/endings.h"
#include "jobs/unsaved.h"
#include "output/collect/collector.h"
#include "store/store.h"
#include "systemd/leftovers.h"
#include "systemd/notify.h"
#include "systemd/unit-driver.h"

/*
 * All jobs, and what their lives need: disk, units, output. What is done to them is in actions.h, whoever
 * asks for it; who waits for his turn is none of their business, but they say who can.
 */

/* For who has jobs wait for their turn. */
typedef struct JobsEvents {
        /* It may be started as soon as may be. */
        void (*ready)(Job *job, void *userdata);
        /* It was to be started already, and was not, or its family has a place for it; its spec is on
         * disk. */
        void (*returned)(Job *job, void *userdata);
        /* The same, and systemd takes no starts now. */
        void (*refused)(Job *job, void *userdata);
        /* It is not to be started any more. */
        void (*withdrawn)(const Job *job, void *userdata);
        /* systemd may have room for a start now. From the loop. */
        void (*room)(void *userdata);
        /* A job has ended. From callbacks of parts that starting a job needs, too. */
        void (*ended)(void *userdata);
} JobsEvents;

/* Where things are. All that is borrowed lives as long as the jobs. */
typedef struct JobsPlaces {
        const char *state_dir;
        const char *copies_dir;   /* NULL: no copies are kept */
        const char *meeting_dir;  /* see output/meeting.h */
        const char *journal_dir;  /* NULL: the system's */
        const char *audit_socket; /* journald's */
        char boot_id[33];
        uint64_t ending_wait_usec;
        StoreIds *known_ids; /* ids that were used once, though the counter is lost */
} JobsPlaces;

/* See jobd.conf(5). */
typedef struct JobLimits {
        uint32_t jobs_max, user_jobs_max;
        uint64_t command_max, output_limit, user_output_limit;
} JobLimits;

typedef struct Jobs {
        sd_event *event;
        JobsPlaces places;
        JobLimits limits;
        Store store;
        Endings *endings; /* jobs whose ends are about to be told */
        Unsaved *unsaved; /* records that wait for room */
        JobTable *table;
        JobObserver observer; /* whom the table's changes go on to */
        Accounts *accounts;   /* of the output of all jobs, by owner */
        UnitDriver *units;
        Leftovers *leftovers;
        Collector *collector;
        Notifier *notifier;
        Audit *audit;
        JobMap *works;    /* id → Work: jobs that have been started and are not finished */
        Tally *n_running; /* the same, by owner */
        JobMap *hungry;   /* parents whose children may have places; see places.h */
        sd_event_source *places_source;
        Retry *adoptions; /* of those, what an earlier jobd had and is out of reach; see work-adopt.c */
        const JobsEvents *events;
        void *userdata; /* of the events */
} Jobs;

/* Loads what is on disk. `observer` hears of all changes. −errno, and what is wrong is in the log. */
int jobs_new(sd_event *event, const JobsPlaces *places, const JobObserver *observer, Jobs **ret);

/* With units and journal; nothing is started or taken up yet, and jobs_set_events() must follow. −errno. */
int jobs_connect(Jobs *jobs, sd_bus *bus);
/* What is over a limit stays. */
void jobs_set_limits(Jobs *jobs, const JobLimits *limits);
void jobs_set_events(Jobs *jobs, const JobsEvents *events, void *userdata);

/* Units, sockets and journal are let go of without a word to systemd: the jobs go on. */
void jobs_free(Jobs *jobs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Jobs, jobs_free)
