/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/jobs.h"
#include "ctl/ctl.h"

/*
 * By what jobs are chosen, beside or instead of words that name them. All that is given must hold.
 */
typedef struct Filters {
        char **states;        /* NULL: any */
        int has_more_data;    /* 0: whatever, 1: yes, −1: no */
        uint64_t before_usec; /* 0: whenever */
        uint64_t after_usec;
        const char *command; /* patterns; NULL: any */
        const char *name;
        const char *owner; /* a user's name or number; NULL: one's own */
        bool all_users;
        bool children; /* of jobs, too */
        bool is_newest_given;
        uint32_t newest;
} Filters;

void filters_done(Filters *f);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filters, filters_done)

/* True if one is given. */
bool filters_any(const Filters *f);

/* True if jobd can do it all: `f` then needs no filters_apply() if it is asked for no more jobs. */
bool filters_are_jobds(const Filters *f);

/* What jobd is asked for, and adds to `properties` what filters_apply() needs. */
JobQuery filters_query(const Filters *f, GPtrArray *properties);

/* Takes from `jobs` (of Job) those that jobd would not; the others stay in their order. */
void filters_apply(const Filters *f, GPtrArray *jobs);
