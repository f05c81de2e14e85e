/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

/* What cannot be done, or known, for the moment: it is tried again, more and more seldom. */

typedef struct Retry Retry;

/* µs between two tries, at first and after long. */
typedef struct RetryPause {
        uint64_t min, max;
} RetryPause;

/* For want of room, descriptors or memory. */
#define RETRY_SHORTAGE ((const RetryPause){ .min = 250000, .max = 10000000 })

/* `try`: true if nothing is left to be tried. `what`, for the log, must stay. */
Retry *retry_new(sd_event *event, const char *what, const RetryPause *pause, bool (*try)(void *userdata),
                 void *userdata);

/* NULL is fine. */
void retry_free(Retry *retry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Retry, retry_free)

/* There is something; soon, if there was nothing before. */
void retry_later(Retry *retry);

/* There is nothing left. */
void retry_done(Retry *retry);
