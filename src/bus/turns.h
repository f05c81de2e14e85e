/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/server.h"

/* The work is done one call at a time, in turns between users, and of each between his connections. */

typedef struct Turns Turns;

int turns_new(BusServer *server, Turns **ret);
void turns_free(Turns *turns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Turns, turns_free)

/* Takes the call, which waits from here on. `first`: before all others of its user. */
void turns_add(Turns *turns, uid_t uid, BusCall *call, bool first);

/* Before a handler: whether it is this call's turn, which it is once. */
bool turns_take(Turns *turns, const sd_bus_message *call);

/* In a handler: its call is the client's own message. */
bool turns_is_original(const Turns *turns);

/* Some calls may have gone. */
void turns_wake(Turns *turns);

/* There may be room now for answers that there was none for. */
void turns_look_again(Turns *turns);
