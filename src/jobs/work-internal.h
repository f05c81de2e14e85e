/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/work.h"
#include "output/channel.h"

/* Shared by the files of the work: who starts it (work-start.c) or takes it up (work-adopt.c), what
 * systemd says of it (work-unit.c), what jobd-exec and the journal do (work-output.c), what that comes to
 * (work-end.c). */

struct Work {
        Jobs *jobs;
        Job *job;
        Unit *unit;
        Channel *channel;
        Fd stored;    /* of systemd's descriptor store, not watched yet; −1: none */
        bool adopted; /* nothing is missing of what an earlier jobd had; true of one that this one started */
        int unreached; /* −errno: whether there is a jobd-exec to be met is not known yet */
        bool unit_runs, unit_over, output_over;
        bool command_over;  /* jobd-exec says so */
        bool unit_stopped;  /* by somebody else, or restarted */
        bool freezer_asked; /* systemd has not answered yet */
        bool freeze_wanted; /* what was asked for last */
        bool hung_up;  /* jobd-exec has closed its control socket: it says no more, its exit record does */
        bool in_doubt; /* adopted; whether systemd got it is not known */
        uint64_t greeted; /* when jobd-exec said hello, 0 if it has not */
        uint64_t started; /* when it said that the command executes */
        UnitEnd unit_end;
        ExitStatus exit;
        char *start_error;
};

extern const ChannelEvents work_channel_events;

/* A new control socket: the daemon's end is watched and stored with systemd, jobd-exec's is the caller's. */
int work_open_channel(Work *work, Fd *ret_exec);

/* `fd` is taken on success. */
int work_watch(Work *work, Fd *fd);
int work_store_channel(Work *work);

extern const UnitHandler work_unit_handler;

/* For the handler. */
void work_freezer_changed(bool frozen, const char *refused, void *userdata);

Work *work_new(Jobs *jobs, Job *job);

/* From now on the job's records count. `restarted`: an earlier jobd started it. */
int work_collect(Work *work, bool restarted);

/* Whether nobody can say more of its start than systemd has said. */
void work_check_started(Work *work);

/* The command executes. */
void work_has_started(Work *work);

/* Unit and output are over, or there is no output to wait for. Frees the work. */
void work_finish(Work *work);
