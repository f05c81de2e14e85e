/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"

/*
 * The places of a family: so many of its children run at once, in the order of their numbers. Who has a
 * place waits with all other jobs for his turn (queue).
 */

/* In a later turn of the loop: a child may have ended, or there are more places. */
void places_give_soon(Jobs *jobs, const Job *parent);

/* A job that was, or may have been, given to systemd and was not started waits again. Its spec is on
 * disk. */
void places_wait_again(Jobs *jobs, Job *job);

void places_free(Jobs *jobs);
