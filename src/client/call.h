/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "client/pending.h"

/*
 * Calls, to their end: over a restart of jobd, and with a question to the person where polkit has one.
 */

/*
 * Waits for the answer, and if that is that somebody must be asked first, sends the call again so that he
 * is; the asking has no time-out, and a signal ends it and the program. If jobd goes away before it has
 * answered, and comes back, the call is sent again, unless it is one that must not be carried out twice
 * (`once`). Otherwise waits `timeout_usec` at most (UINT64_MAX: as long as it takes). Returns 1 when it is
 * there, 0 on time-out, −EINTR if a signal came that is caught (interrupt.h), or a negative errno of the
 * connection.
 */
int pending_wait(Client *c, Pending *p, uint64_t timeout_usec);

/* Send, wait as long as it takes, result. */
int bus_call(Client *c, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* The same, but for a caught signal it does not give up before the answer, unless there comes another: for
 * calls that must not be left half done, nor done twice. The signal is there to be taken afterwards. */
int bus_call_whole(Client *c, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* The same as bus_call(), of a call that is not sent again. */
int bus_call_once(Client *c, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* bus_call() for a job's method that takes options alone, with none. */
int bus_call_job(Client *c, JobId id, const char *member, sd_bus_error *error, sd_bus_message **ret_reply);
