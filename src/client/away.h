/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/client.h"

/*
 * jobd is away: it is being restarted, has crashed, or the bus itself has gone. Jobs go on meanwhile, so who
 * waits for one waits for jobd, too.
 */

/*
 * Waits until jobd has its name on the bus again, and connects anew if the bus was restarted. Does not start
 * it: who has stopped it may have a reason. 0, −EINTR if a caught signal came, −EHOSTDOWN if it stays away
 * for too long.
 */
int away_wait(Client *c);

/* For how long that may be, in µs: $JOBCTL_AWAY_TIMEOUT, a time as of systemd.time(7). */
uint64_t away_patience(void);
