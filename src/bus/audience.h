/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "bus/owed.h"

/*
 * Whether signals may be sent. One that somebody subscribed to and does not read is kept by dbus-daemon and
 * counted against jobd, as answers are (owed.h); but the bus does not tell who that is. With too much of it
 * jobd is silent, to all, until he has read or left; then it tells what has changed meanwhile.
 */

typedef struct Audience Audience;

/* Bytes that are not read: then there is no word of more output; and then, of nothing. */
#define AUDIENCE_OUTPUT_MAX (6U * 1024U * 1024U)
#define AUDIENCE_MAX        (12U * 1024U * 1024U)

/* `listens_again`: after a silence. */
Audience *audience_new(sd_bus *bus, const Owed *owed, void (*listens_again)(void *userdata), void *userdata);
void audience_free(Audience *audience);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Audience, audience_free)

/* One signal is to be sent; `output`: only about there being more of it. */
bool audience_listens(Audience *audience, bool output);
