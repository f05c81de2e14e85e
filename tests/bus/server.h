/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/server.h"
#include "harness.h"

/*
 * jobd's bus side with nothing behind it: operations that note what they were asked for, and a job table
 * that the test changes as it likes.
 */

typedef struct Fake {
        sd_bus *bus;
        const char *name; /* its unique name */
        BusServer *server;
        JobTable *jobs;
        Jobs of_jobd; /* table and directory alone */
        char *dir;    /* STATEDIR */
        int dir_fd;
        uint32_t next_id;

        /* how the operations behave */
        bool no_room;         /* check_limits refuses */
        int accept_error;     /* of accept_job */
        int remove_error;     /* of remove_job */
        bool launch_runs;     /* launch_job sets Running at once */
        bool stop_is_instant; /* stop_job finishes the job */

        /* what was asked for */
        guint n_accepted, n_launched, n_stopped, n_removed, n_refused;
        uid_t accepted_for, stopped_by, killed_by, suspended_by, resumed_by, removed_by, refused_to;
        int killed_with;
        bool killed_all;
        uint32_t refused_job;
        char refused_member[32], refused_why[512];
} Fake;

extern Fake fake;

void fake_setup(void);
void fake_teardown(void);

/* A running job in the table, without a word on the bus. */
Job *fake_job(uint32_t id, uid_t owner);

/* The job ends: Completed, Failed or Stopped. */
void fake_finish(Job *job, JobState state);

/* Appends one frame to the job's output, and tells. */
void fake_output(Job *job, int stream, const char *text);

/* To the server, behind everything that `client` has sent so far: when it returns, that was handled. */
void client_settle(Client *client);

#define MANAGER JOBD_MANAGER_PATH, JOBD_MANAGER_INTERFACE
#define JOB(id) JOBD_JOB_PATH_PREFIX "/" #id, JOBD_JOB_INTERFACE
