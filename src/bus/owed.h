/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "bus/caller.h"

/*
 * What clients have been sent and have not read. dbus-daemon counts that against the sender: with 127 MiB,
 * or 64 descriptors (max_incoming_bytes, max_incoming_unix_fds), it stops reading from jobd, whoever it is
 * that does not read. So jobd estimates what each connection owes it, by what it has sent, and asks the bus
 * what is true when the estimate is too much.
 *
 * A bus that does not tell (dbus-broker has quotas of its own, and throws off who does not read): everybody
 * has room.
 */

typedef struct Owed Owed;

typedef enum OwedKind {
        OWED_BYTES,
        OWED_FDS,
        _OWED_KIND_MAX,
} OwedKind;

/* What an answer is like. */
typedef enum OwedAnswer {
        OWED_SMALL,
        OWED_LARGE,
        OWED_WITH_FD, /* and small */
} OwedAnswer;

/* Of all users together; an answer takes 16 MiB at most, so that this much more may be owed. */
#define OWED_MAX (80U * 1024U * 1024U)
/* Likewise, as far as root is concerned. */
#define OWED_ROOT_MAX (108U * 1024U * 1024U)
/* The same of descriptors; jobd itself sends some to systemd. */
#define OWED_FDS_MAX      40U
#define OWED_ROOT_FDS_MAX 54U
/* What a connection may owe in small answers, whatever its user owes. */
#define OWED_SMALL_MAX (32U * 1024U)

/* `settled`: somebody is known to owe less than was thought. */
Owed *owed_new(sd_bus *bus, void (*settled)(void *userdata), void *userdata);
void owed_free(Owed *owed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Owed, owed_free)

/* The caller is being sent so much. */
void owed_add(Owed *owed, const Caller *caller, OwedKind kind, size_t amount);

/* Whether he may be sent one more answer. */
bool owed_has_room(const Owed *owed, const Caller *caller, OwedAnswer answer);

/* He has no room: has the bus asked what he, and others, really owe, as often as is good. */
void owed_ask(Owed *owed, const Caller *caller);

/* Bytes, of one connection. */
guint owed_of(const Owed *owed, const Caller *caller);

/* False: the bus does not tell, so nothing is known of anybody. */
bool owed_is_told(const Owed *owed);

/* Bytes, of all. */
uint64_t owed_total(const Owed *owed);

void owed_drop_client(Owed *owed, const char *name);
