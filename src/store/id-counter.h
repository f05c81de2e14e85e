/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"

/*
 * Ids are never reused, not after a crash and not after the power went. The file "next-id" holds the next
 * id, as of now, and the end of the block that is reserved on stable storage: within one boot the page cache
 * keeps the first through any crash of jobd; after another boot only the second counts, so some ids of a
 * block are skipped.
 */

typedef struct IdCounter {
        Fd fd;
        uint32_t next;
        uint32_t reserved; /* ids below are on stable storage */
        char boot_id[33];
} IdCounter;

#define ID_BLOCK 64U

/* Opens or creates the file in `dir_fd`; ids below `at_least` are never given. 1: there was none. −EBADMSG
 * if the file is damaged. */
int id_counter_open(IdCounter *counter, int dir_fd, uint32_t at_least, const char *boot_id);
void id_counter_close(IdCounter *counter);

/* The next id. −ERANGE when 2³² are used up. */
int id_counter_take(IdCounter *counter, uint32_t *ret);
