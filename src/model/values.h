/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/options.h"

/*
 * What a request has of them: NULL where nothing was given.
 */
typedef GVariant *JobValues[_JOB_OPTION_MAX];

void job_values_clear(JobValues values);

/* Takes a floating value, which job_option_complain() has nothing against; NULL: as not given. */
void job_values_set(JobValues values, JobOptionId id, GVariant *value);

/* What was given, or else what counts then, by the option's type: u and t; i; b; s. */
uint64_t job_values_number(GVariant *const *values, JobOptionId id);
int32_t job_values_integer(GVariant *const *values, JobOptionId id);
bool job_values_flag(GVariant *const *values, JobOptionId id);
const char *job_values_word(GVariant *const *values, JobOptionId id);

/* The number of a signal. */
int job_values_signal(GVariant *const *values, JobOptionId id);

/* The same as a value, for the caller to unref. */
GVariant *job_values_dup(GVariant *const *values, JobOptionId id);

/* If an "ai" was given and has the number. */
bool job_values_lists(GVariant *const *values, JobOptionId id, int32_t number);

/* What is wrong with them for anybody but root, for people and for the caller to free; NULL: nothing. */
char *job_values_complain_to_user(GVariant *const *values);

/* The name of a box that they really ask for; NULL: none. It wants NoNewPrivileges. */
const char *job_values_find_box(GVariant *const *values);
