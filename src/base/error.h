/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

/*
 * Errors have one shape: a negative int, −errno or −JOBD_E_*. The texts and the names on the bus are one
 * table; a method handler returns the number, or a text of its own with error_set(), and sd-bus sends it.
 */

typedef enum JobdError {
        JOBD_E_NO_SUCH_JOB = 4096, /* no job has this id, UUID or path */
        JOBD_E_INVALID_ARGUMENT,   /* a value that cannot be meant; the text names it */
        JOBD_E_UNKNOWN_OPTION,     /* a name in a{sv} that the method does not know */
        JOBD_E_NOT_FINISHED,       /* it must end first */
        JOBD_E_ALREADY_FINISHED,   /* it has ended, nothing is left to act on */
        JOBD_E_NOT_RUNNING,        /* it has no process yet, or none any more */
        JOBD_E_NOT_SUSPENDED,      /* it is not, so it cannot be resumed */
        JOBD_E_ACCESS_DENIED,      /* somebody else's job, or policy says no */
        JOBD_E_LIMIT_EXCEEDED,     /* a number or size beyond what one caller may have; the text names it */
        JOBD_E_BUSY,               /* another receiver holds the lease */
        JOBD_E_CHANGED,            /* somebody else consumed in between */
        JOBD_E_NO_OUTPUT,          /* the output cannot be read, or the position is beyond its end */
        JOBD_E_NO_SPACE,           /* the disk is full: nothing was accepted */
        JOBD_E_NOT_SUPPORTED,      /* this job, or this machine, cannot do that */
        JOBD_E_IS_CHILD,           /* that is done to its parent alone */
        JOBD_E_POLICY_UNAVAILABLE, /* polkit does not answer, and without it the answer is no */
        _JOBD_E_END,
} JobdError;

/* Fills `error` with the bus name and the table's text of `r` (negative); returns `r`'s errno, negative. */
int error_set(sd_bus_error *error, int r);

/* The same with a text for this case. */
int error_setf(sd_bus_error *error, int r, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* −errno: jobd, or the machine, has no descriptors or no memory left. It may have in a moment. */
bool error_is_shortage(int r);

/* The same, or the disk did not answer: nothing can be concluded from it. */
bool error_is_transient(int r);

/* True if `name`, as received in an error reply, is the bus name of JOBD_E_* `e`. */
int error_is(const sd_bus_error *error, JobdError e);
