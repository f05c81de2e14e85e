/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "wire/job-id.h"

/* Strict, as in parse.h: what is not exactly what job_id_text() writes in that form is −EINVAL, or −ERANGE
 * for a number that does not fit; *ret is written on success alone. */
int job_id_parse(JobIdForm form, const char *text, JobId *ret);

/*
 * The order of what is newest, for qsort(): the later a job has ended the newer it is, and what has not (0)
 * is the newest of all; among the same the one with the higher id.
 */
int job_newness_compare(JobId a, uint64_t a_ended, JobId b, uint64_t b_ended);

/*
 * What is known by a job's id: a GHashTable whose keys are made and read here alone. It is freed, emptied
 * and gone through as each GHashTable; job_map_key() reads a key.
 */
typedef GHashTable JobMap;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(JobMap, g_hash_table_unref)

/* `free_value` may be NULL. */
JobMap *job_map_new(GDestroyNotify free_value);

static inline JobId job_map_key(gconstpointer key) {
        return *(const JobId *) key;
}

/* NULL: there is none. */
static inline void *job_map_get(JobMap *map, JobId id) {
        return g_hash_table_lookup(map, &id);
}

static inline bool job_map_has(JobMap *map, JobId id) {
        return g_hash_table_contains(map, &id);
}

/* Replaces what is there. False: there was something. */
bool job_map_set(JobMap *map, JobId id, void *value);

/* As a set. False: it was there. */
static inline bool job_map_add(JobMap *map, JobId id) {
        return job_map_set(map, id, NULL);
}

/* False: there was none. */
static inline bool job_map_remove(JobMap *map, JobId id) {
        return g_hash_table_remove(map, &id);
}
