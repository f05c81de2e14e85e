/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

/* What dbus-daemon keeps for its connections, or from them: its own statistics, for root alone. */

/* Bytes that the connection has not taken, whoever sent them. */
#define UNREAD_STATS_BYTES "OutgoingBytes"
#define UNREAD_STATS_FDS   "OutgoingFDs" /* descriptors, likewise */
/* Bytes that it has sent, and that somebody has not taken: a signal once, until the last has it. */
#define UNREAD_STATS_SENT "IncomingBytes"

/* The answer is for unread_stats_read(). What has been sent before this question is in the answer. */
int unread_stats_ask(sd_bus *bus, sd_bus_slot **slot, const char *name, sd_bus_message_handler_t on_answer,
                     void *userdata);

/* One of these, as often as is wanted. −ENOTSUP: the bus does not tell, and never will. Any other error is
 * about this question alone. */
int unread_stats_read(sd_bus_message *reply, const char *key, uint32_t *ret);
