/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "base/cleanup.h"
#include "base/job-id.h"

/*
 * Messages to PID 1 on $NOTIFY_SOCKET without ever waiting for it: sd_pid_notify_with_fds() blocks while PID
 * 1's queue is full. What cannot be sent at once is sent in order when there is room.
 */

typedef struct Notifier Notifier;

/* Without $NOTIFY_SOCKET everything is silently dropped: jobd was not started by systemd. */
int notifier_new(sd_event *event, Notifier **ret);
void notifier_free(Notifier *notifier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notifier, notifier_free)

/* `fd` may be −1; it is duplicated if it must wait. */
int notifier_send(Notifier *notifier, const char *text, int fd);

/* Keeps `fd` for the next jobd under the name of a job. systemd lets it go by itself when its peer
 * closes. */
int notifier_store_job(Notifier *notifier, JobId id, int fd);

/* The descriptors that an earlier jobd stored: calls `found` for each, which takes the descriptor. Unknown
 * ones are closed. */
void notifier_take_stored(void (*found)(JobId id, int fd, void *userdata), void *userdata);
