/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/server.h"

/*
 * Whether there is room for a call's answer, and on whose account it is. A client may send many calls and
 * read no answer: sd-bus keeps what the bus does not take, as much as there is, and dbus-daemon what the
 * client does not take (unread.h).
 */

/* More has been sent than the bus takes. */
bool answers_are_behind(const BusServer *server);

bool answer_has_room(const BusServer *server, sd_bus_message *call, const Caller *caller);

/* The call is about to be handled: its answer, unless its handler says itself how large that is. */
void answer_account(BusServer *server, sd_bus_message *call);

/* It is about to be answered with an error. */
void answer_account_error(BusServer *server, const Caller *caller);
