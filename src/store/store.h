/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "model/job-table.h"
#include "store/copies.h"
#include "store/id-counter.h"

/*
 * Jobs on disk: STATEDIR/<id>/job is the record (store/record.h), STATEDIR/<id>/spec what jobd-exec is to be
 * given, from acceptance on: the one place with the environment's values. It is "sent" while systemd has
 * been asked to start the job and has not said that it did. The output's segments stand
 * beside them. Saves are atomic; a failed one leaves the old file, and what it lacks can have a copy
 * elsewhere.
 */

typedef struct Store {
        Fd dir;
        IdCounter ids;
        Copies copies;
        char boot_id[33]; /* that they are of */
} Store;

/* `path` is created (0700) if missing, and locked: −EBUSY if another process has it. Call store_close() in
 * any case. */
int store_open(Store *store, const char *path);
void store_close(Store *store);

/* Before store_load(): what cannot be saved has a copy in `path` from now on, and those that are there, of
 * this boot, count. −errno: none are kept. */
int store_keep_copies(Store *store, const char *path, const char *boot_id);

/* The job's record cannot be saved: what changed has a copy. −errno. */
int store_copy(Store *store, const Job *job);

/* The highest id that is known to others. −errno. */
typedef int StoreIds(uint32_t *ret, void *userdata);

/* Reads every record into `table`. What cannot be read is set aside as "job.broken" and logged; −errno if
 * that is for want of descriptors or memory. Opens the id counter: before, no ids are given; where it has
 * been lost, `known` is asked. */
int store_load(Store *store, JobTable *table, const char *boot_id, StoreIds *known, void *userdata);

/* Of a job that has ended, though nobody is told yet, that it has. Not synced: what runs is as safe as
 * journald's files. */
int store_save(Store *store, const Job *job);

/* `blob`: as it stands in jobd-exec's memfd. */
int store_save_spec(Store *store, JobId id, const void *blob, size_t size);
int store_load_spec(Store *store, JobId id, GBytes **ret);
void store_remove_spec(Store *store, JobId id);

/* Record and spec survive a power cut from here on: for a job that may wait for long. Waits for the disk. */
int store_sync(Store *store, JobId id);

/* The spec becomes what was sent, and if systemd did not get it, the spec again. */
int store_mark_sent(Store *store, JobId id);
int store_mark_unsent(Store *store, JobId id);

/* The request of a finished job, from its record, without environment values. */
int store_load_request(Store *store, JobId id, JobRequest **ret);

/* Removes the job's record: whatever interrupts what follows, neither it nor a child of it comes back. */
int store_forget(Store *store, JobId id);

/* Removes the job's directory, with all that is in it, its children's included. */
int store_remove(Store *store, JobId id);
