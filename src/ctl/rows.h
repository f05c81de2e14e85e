/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/jobs.h"
#include "ctl/ctl.h"

/*
 * Jobs as rows: the table, or JSON.
 */

typedef enum RowsFlags {
        ROWS_FOOTER = 1 << 0, /* how many there are */
        ROWS_PAGE = 1 << 1,   /* through the pager */
        ROWS_OWNER = 1 << 2,  /* whose each is */
        ROWS_TIMES = 1 << 3,  /* when each began and ended, and all of every column */
} RowsFlags;

#define ROWS_PROPERTIES_MAX 17

/* What to fetch of jobs for that: names into `names`, and NULL behind the last. Returns `names`. */
const char *const *rows_properties(const Ctl *c, RowsFlags flags,
                                   const char *names[ROWS_PROPERTIES_MAX + 1]);

int rows_print(Ctl *c, const Job *const *jobs, size_t n_jobs, RowsFlags flags);
