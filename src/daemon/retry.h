/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

/* What could not be done for want of room, descriptors or memory: it is tried again, more and more seldom. */

typedef struct Retry Retry;

/* `try`: true if nothing is left to be tried. `what`, for the log, must stay. */
Retry *retry_new(sd_event *event, const char *what, bool (*try)(void *userdata), void *userdata);

/* NULL is fine. */
void retry_free(Retry *retry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Retry, retry_free)

/* There is something; soon, if there was nothing before. */
void retry_later(Retry *retry);
