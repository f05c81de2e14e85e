/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "base/job-id.h"

/*
 * What changes in records that the disk has no room for, in memory that outlives jobd and ends with the
 * boot: a file a job in a directory of /run. So little that it does nobody harm; what is beyond is not kept.
 */

#define COPIES_SIZE_MAX (16U * 1024U * 1024U) /* of all, in pages */

typedef struct Copies {
        Fd dir;      /* −1: none are kept */
        JobMap *ids; /* of those there are → their size */
        gsize size;
} Copies;

#define COPIES_NONE ((Copies){ .dir = -1 })

/* The directory must be there. −errno. */
int copies_open(Copies *copies, const char *path);
void copies_close(Copies *copies);

/* −ENOENT: there is none. The text is the caller's. */
int copies_read(Copies *copies, JobId id, char **ret_text, gsize *ret_size);

/* In place of the one there is, which stays if this fails: −errno; −ENOSPC if it is too much. */
int copies_write(Copies *copies, JobId id, const char *text, gsize size);

/* What was read is newer than the disk: it counts from now on, until it is dropped. */
void copies_keep(Copies *copies, JobId id, gsize size);

/* The disk has it; or there is no such job. */
void copies_drop(Copies *copies, JobId id);

/* At the start, when all that is worth it is kept: drops the others, but for those that `is_needed`. */
void copies_sweep(Copies *copies, bool (*is_needed)(JobId id, void *userdata), void *userdata);
