/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/jobs.h"
#include "ctl/ctl.h"

/*
 * The line of life: while jobctl waits it shows on a terminal how the job is doing, on one line of stderr,
 * refreshed each second, and leaves nothing of it behind.
 */

typedef struct Life {
        bool on;
} Life;

#define LIFE_TICK_USEC UINT64_C(1000000)

/* Off where stderr is no terminal, or with --quiet. */
Life life_init(const Ctl *c);

/* How often to wake up for it: LIFE_TICK_USEC, or UINT64_MAX where it is off. */
uint64_t life_tick(const Life *life);

/* Until report_clear_line(). */
void life_show(const Life *life, const char *text);

/* "job 7 (make): Running, 1min 5s, 12.3M of output" */
char *life_of_job(const Job *job);

/* Of one job, while its output is waited for. */
typedef struct LifeOfJob {
        Life life;
        Client *client;
        JobId job;
} LifeOfJob;

/* Asks jobd how the LifeOfJob's job is doing, and shows it: what a Receiver calls when it is idle. */
void life_show_job(void *userdata);
