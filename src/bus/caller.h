/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/*
 * Who sends a message. sd_bus_query_sender_creds() asks the bus driver and blocks on it; here it is asked
 * once per connection, asynchronously, and that the answer is there is told. It is kept until the connection
 * leaves the bus; that is told, too.
 */

typedef struct CallerCache CallerCache;

typedef struct Caller {
        char *name; /* unique name on the bus */
        uid_t uid;
        pid_t pid;
        Fd process; /* a pidfd; −1 if the process has left already, or has no number here */
        /* no process that is younger is the caller's: see arrivals.h. UINT64_MAX: the bus gave `process` */
        uint64_t connected;
        GArray *groups; /* of gid_t: its groups, if the bus says so (dbus 1.14 and later) */
} Caller;

typedef struct CallerEvents {
        /* Of a connection that was asked about; if not `known`, the bus does not say whose it is. */
        void (*known)(const char *name, bool known, void *userdata);
        /* A connection that sent something has left the bus. */
        void (*gone)(const char *name, void *userdata);
} CallerEvents;

int caller_cache_new(sd_bus *bus, const CallerEvents *events, void *userdata, CallerCache **ret);
void caller_cache_free(CallerCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CallerCache, caller_cache_free)

/* 1: *ret is known, until the handler returns; so it is in every handler (backlog.h). 0: the bus is asked.
 * Negative: error is set. */
int caller_get(CallerCache *cache, sd_bus_message *call, const Caller **ret, sd_bus_error *error);

/* Whose call it is if that is known by now, or NULL. */
const Caller *caller_find(CallerCache *cache, sd_bus_message *call);

bool caller_is_in_group(const Caller *caller, gid_t gid);

/* root, or the user himself. */
static inline bool caller_is_owner(const Caller *caller, uid_t owner) {
        return caller->uid == 0 || caller->uid == owner;
}
