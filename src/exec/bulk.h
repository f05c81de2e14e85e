/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exec/compose.h"

/*
 * A large record that grows while journald is busy with those before: a memfd, which journald maps instead
 * of having it copied through the socket. One record in the place of many saves what each of them costs:
 * some system calls here, and dozens in journald and jobd.
 */
typedef struct Bulk {
        int fd; /* −1: there is none */
        Stream stream;
        size_t head;    /* bytes of the record before its output */
        size_t length;  /* bytes of output */
        bool full;      /* nothing more is to be put in */
        bool finishing; /* its last line has been cut off if it had not ended */
        bool newline;   /* then: it ends with one */
} Bulk;

/* A last line that has not ended is left for the next record if it is no longer than this. */
#define BULK_REST_MAX (16U * 1024U)

#define BULK_NONE ((Bulk){ .fd = -1 })

static inline bool bulk_is_open(const Bulk *bulk) {
        return bulk->fd >= 0;
}

/*
 * False: what it takes would end in a signal. What is put into one counts as written to a file, for which
 * the unit may have a limit, and the unit may have a filter of system calls that knows nothing of these.
 */
bool bulk_is_possible(void);

/* Begins one with the piece. False: there is none, as descriptors or memory ran short. */
bool bulk_begin(Bulk *bulk, const ComposeJob *job, const Piece *piece);

/* Takes up to `max` bytes from a pipe. What read(2) says; −1 and ENOSPC if there is no more room for
 * them. */
ssize_t bulk_read(Bulk *bulk, int pipe, size_t max);

/*
 * Makes a record of it, which has at least a byte, sealed: its descriptor is the caller's, and there is no
 * bulk any more. The last line, if it has not ended, goes to `rest`; *ret_rest: how many bytes. `whole`: it
 * does not, as nothing more will come. −errno: not yet, for want of memory; what went to `rest` has gone,
 * and this can be called again.
 */
int bulk_finish(Bulk *bulk, bool whole, uint8_t rest[static BULK_REST_MAX], size_t *ret_rest);

void bulk_free(Bulk *bulk);
