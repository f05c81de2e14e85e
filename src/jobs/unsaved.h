/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "model/job-table.h"
#include "store/store.h"

/*
 * Jobs whose records could not be saved, as on a full disk: what they say now is in memory, and for a jobd
 * that is killed meanwhile in a copy, which ends with the boot. They are saved as soon as that works, by
 * trying again, more and more seldom.
 */

typedef struct Unsaved Unsaved;

/* `store` and `jobs` are borrowed. `saved`: a job's record has been. */
Unsaved *unsaved_new(sd_event *event, Store *store, JobTable *jobs, void (*saved)(Job *job, void *userdata),
                     void *userdata);
void unsaved_free(Unsaved *unsaved);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unsaved, unsaved_free)

/* Saves the job, and if that fails, again later. −errno of this try. */
int unsaved_save(Unsaved *unsaved, Job *job);

/* An earlier jobd could not save it: there is a copy alone (store/copies.h). */
void unsaved_add(Unsaved *unsaved, const Job *job);

/* All that can be saved now: before jobd ends. */
void unsaved_try(Unsaved *unsaved);
