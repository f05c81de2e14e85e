/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"
#include "bus/caller.h"

/*
 * What has been sent and has not been read. dbus-daemon counts that against the sender: with 127 MiB, or 64
 * descriptors (max_incoming_bytes, max_incoming_unix_fds), it stops reading from jobd, whoever it is that
 * does not read. So jobd estimates what each connection has not read, by what it was sent, and asks the bus
 * what is true when the estimate is too much.
 *
 * Of signals that somebody subscribed to at the bus, it does not tell who has not read them. With too many
 * of those jobd is silent, to all, until he has read or left.
 *
 * A bus that does not tell (dbus-broker has quotas of its own, and throws off who does not read): everybody
 * has room.
 */

typedef struct Unread Unread;

typedef enum UnreadKind {
        UNREAD_BYTES,
        UNREAD_FDS,
        _UNREAD_KIND_MAX,
} UnreadKind;

typedef enum AnswerKind {
        ANSWER_SMALL,
        ANSWER_LARGE,
        ANSWER_WITH_FD, /* and small */
} AnswerKind;

/* Of all users together; an answer takes 16 MiB at most, so that this much more may be unread. */
#define UNREAD_MAX (80U * 1024U * 1024U)
/* Likewise, as far as root is concerned. */
#define UNREAD_ROOT_MAX (108U * 1024U * 1024U)
/* The same of descriptors; jobd itself sends some to systemd. */
#define UNREAD_FDS_MAX      40U
#define UNREAD_ROOT_FDS_MAX 54U
/* What a connection may leave unread in small answers, whatever its user does. */
#define UNREAD_SMALL_MAX (32U * 1024U)
/* Of signals to everybody: then there is no word of more output; and then, of nothing. */
#define UNREAD_OUTPUT_SIGNALS_MAX (6U * 1024U * 1024U)
#define UNREAD_SIGNALS_MAX        (12U * 1024U * 1024U)

typedef struct UnreadEvents {
        /* Somebody is known to have read more than was thought. */
        void (*settled)(void *userdata);
        /* Signals may be sent to everybody again. */
        void (*may_signal)(void *userdata);
} UnreadEvents;

Unread *unread_new(sd_bus *bus, const UnreadEvents *events, void *userdata);
void unread_free(Unread *unread);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unread, unread_free)

/* The caller is being sent so much. */
void unread_add(Unread *unread, const Caller *caller, UnreadKind kind, size_t amount);

/* Whether he may be sent one more answer. */
bool unread_has_room(const Unread *unread, const Caller *caller, AnswerKind answer);

/* He has no room: has the bus asked what he, and others, really have not read, as often as is good. */
void unread_ask(Unread *unread, const Caller *caller);

/* Bytes, of one connection. */
guint unread_bytes(const Unread *unread, const Caller *caller);

/* False: the bus does not tell, so nothing is known of anybody. */
bool unread_is_told(const Unread *unread);

/* One signal to everybody is to be sent, which is counted if it may; `output`: only about there being more
 * of it. */
bool unread_may_signal(Unread *unread, bool output);

void unread_drop_client(Unread *unread, const char *name);
