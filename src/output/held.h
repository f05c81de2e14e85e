/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "output/account.h"

/*
 * Segments that are not needed any more, and that a client still has open, by a descriptor of OpenOutput:
 * what it reads there does not change, and so the disk stays taken, and on the owner's account. They wait in
 * STATEDIR/held, as <id>.<position>, until held_check() finds that nobody can read them: nothing says so by
 * itself, and it is asked by way of a lease (fcntl(2), F_SETLEASE), which is given only where no other
 * descriptor is open. collector_freed() asks, and sees to it that it is asked again while there are any.
 * Then they are cut to nothing, not only unlinked: an O_PATH descriptor does not count for a lease and keeps
 * the blocks of an unlinked file all the same.
 *
 * An owner may have HELD_MAX_OF_ONE of them, all together HELD_MAX: beyond, his oldest is cut off while it
 * is read. So it is where no leases are to be had (some network file systems), and at the next start of
 * jobd.
 */

#define HELD_MAX_OF_ONE 64U
#define HELD_MAX        4096U

/* Opens STATEDIR/held, and empties it. −errno. */
int held_open_dir(int state_dir);

/* The segment at `start` of job `id`, whose directory is `dir`, goes. `account` may be NULL: it is unlinked
 * only. */
void held_let_go(OutputAccount *account, int dir, JobId id, uint64_t start);

/* Never waits. `fd` is writable; the lease, if it is given, is given back at once. */
bool held_is_open_elsewhere(int fd);

/* What nobody reads any more goes. Who waits for the room is not told. */
void held_check(OutputAccount *account);

/* All go. */
void held_clear(OutputAccount *account);
