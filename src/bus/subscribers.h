/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "bus/unread.h"

/*
 * Connections that have signals sent to them alone (Subscribe), each on an account of its own. One that does
 * not read is sent no more until it does, and is told then that it has missed some; nobody else notices.
 */

#define SUBSCRIPTIONS_MAX      256U /* of all users but root */
#define USER_SUBSCRIPTIONS_MAX 16U
/* Bytes that are not read: thousands of jobs that all end at once are no reason to miss one. */
#define SUBSCRIBER_UNREAD_MAX (2U * 1024U * 1024U)
/* About what a signal is on the bus, without long texts in it. */
#define SUBSCRIBER_SIGNAL_SIZE 256U

typedef struct Subscribers Subscribers;

Subscribers *subscribers_new(sd_bus *bus, Unread *unread);
void subscribers_free(Subscribers *subscribers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Subscribers, subscribers_free)

/* Once or again. LimitExceeded. */
int subscribers_add(Subscribers *subscribers, const Caller *caller, sd_bus_error *error);

/* It no longer wants them, or has left. Anybody may be named. */
void subscribers_drop_client(Subscribers *subscribers, const char *name);

bool subscribers_are_none(const Subscribers *subscribers);

/* `signal`: sealed; `size`: about what it is on the bus. */
void subscribers_send(Subscribers *subscribers, sd_bus_message *signal, size_t size);

/* Somebody is known to have read more than was thought. */
void subscribers_settled(Subscribers *subscribers);
