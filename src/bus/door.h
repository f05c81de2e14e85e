/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "bus/held-call.h"

/* What is let in, at once and cheaply: the work is done later, in turn (backlog.h). */

typedef struct DoorCall {
        sd_bus_message *message;
        size_t size; /* bytes that it takes, or may take */
        guint n_fds;
        bool original;      /* too many values to copy at once: the client's own message */
        sd_bus_error error; /* it is to be answered with that, in its turn; its message is a stub */
} DoorCall;

/* A method call has come. 0: nothing is to be done for it. */
int door_take(sd_bus_message *call, DoorCall **ret);

void door_call_free(DoorCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DoorCall, door_call_free)

/* A copy of an original; in its own turn that may take a while. */
int door_copy_original(sd_bus_message *call, sd_bus_message **ret);
