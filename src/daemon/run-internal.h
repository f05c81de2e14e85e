/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/run.h"
#include "output/channel.h"

/* Shared by run.c, the life of a job, and run-output.c, its control socket and output. */

struct Run {
        Manager *manager;
        Job *job;
        Unit *unit;
        Channel *channel;
        Fd stored;    /* of systemd's descriptor store, not watched yet; −1: none */
        bool adopted; /* nothing is missing of what an earlier jobd had; true of one that this one started */
        int unreached; /* −errno: whether there is a jobd-exec to be met is not known yet */
        bool unit_runs, unit_over, output_over;
        bool command_over; /* jobd-exec says so */
        bool unit_stopped; /* by somebody else, or restarted */
        bool hung_up;  /* jobd-exec has closed its control socket: it says no more, its exit record does */
        bool in_doubt; /* adopted; whether systemd got it is not known */
        uint64_t greeted; /* when jobd-exec said hello, 0 if it has not */
        uint64_t started; /* when it said that the command executes */
        UnitEnd unit_end;
        ExitStatus exit;
        char *start_error;
};

extern const ChannelEvents run_channel_events;

/* A new control socket: the daemon's end is watched and stored with systemd, jobd-exec's is the caller's. */
int run_open_channel(Run *run, Fd *ret_exec);

/* `fd` is taken on success. */
int run_watch(Run *run, Fd *fd);
int run_store_channel(Run *run);

extern const UnitHandler run_unit_handler;

Run *run_new(Manager *manager, Job *job);

/* From now on the job's records count. `restarted`: an earlier jobd started it. */
int run_collect(Run *run, bool restarted);

/* Whether nobody can say more of its start than systemd has said. */
void run_check_started(Run *run);

/* The command executes. */
void run_has_started(Run *run);

/* Unit and output are over, or there is no output to wait for. Frees the run. */
void run_finish(Run *run);
