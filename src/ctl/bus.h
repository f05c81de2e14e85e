/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "ctl/ctl.h"

/*
 * The connection and calls over it. Calls are sent before anything is waited for, the connection's own
 * greeting included, so that a short command costs as few turns of the bus as possible.
 */

/* Connects to the system bus, of this machine or of --host. Says itself what is wrong. */
int bus_connect(Ctl *c);

/* A call to a job or to the manager, to be filled and sent. Negative errno. */
int bus_new_manager_call(Ctl *c, const char *member, sd_bus_message **ret);
int bus_new_job_call(Ctl *c, JobId id, const char *member, sd_bus_message **ret);

/* A call under way. */
typedef struct Pending {
        sd_bus_message *call; /* to be sent again */
        bool may_ask;         /* if it takes a question to the person */
        bool once;            /* not when jobd went away before it answered */
        unsigned n_sent;
        const sd_bus *bus; /* over which it went; that may be gone */
        sd_bus_slot *slot;
        sd_bus_message *reply; /* once it is there; may be an error */
} Pending;

void pending_done(Pending *p);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pending, pending_done)

/* Sends; the answer may take for ever. Negative errno. */
int pending_send(Ctl *c, sd_bus_message *call, Pending *p);

/* The same for what is asked beside: nobody is bothered with a question for it. */
int pending_send_aside(Ctl *c, sd_bus_message *call, Pending *p);

/*
 * Waits for the answer, and if that is that somebody must be asked first, sends the call again so that he
 * is; the asking has no time-out, and a signal ends it and the program. If jobd goes away before it has
 * answered, and comes back, the call is sent again, unless it is one that must not be carried out twice
 * (`once`). Otherwise waits `timeout_usec` at most (UINT64_MAX: as long as it takes). Returns 1 when it is
 * there, 0 on time-out, −EINTR if a signal came that is caught (interrupt.h), or a negative errno of the
 * connection.
 */
int pending_wait(Ctl *c, Pending *p, uint64_t timeout_usec);

/* The answer as sd_bus_call() gives it: negative errno and `error` for an error reply. */
int pending_result(Pending *p, sd_bus_error *error);

/* Send, wait as long as it takes, result. */
int bus_call(Ctl *c, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* The same, but for a caught signal it does not give up before the answer, unless there comes another: for
 * calls that must not be left half done, nor done twice. The signal is there to be taken afterwards. */
int bus_call_whole(Ctl *c, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* The same as bus_call(), of a call that is not sent again. */
int bus_call_once(Ctl *c, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* bus_call() for a job's method that takes options alone, with none. */
int bus_call_job(Ctl *c, JobId id, const char *member, sd_bus_error *error, sd_bus_message **ret_reply);

/* Handles what has come and waits for more, as pending_wait(). For those who wait for signals. */
int bus_turn(Ctl *c, uint64_t timeout_usec);

/* uid as which the bus knows us: over ssh that is the remote user's. */
int bus_own_uid(Ctl *c, uint32_t *ret);
