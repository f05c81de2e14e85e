/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/calls.h"

/* What is let in, at once and cheaply: the work is done later, in turn (backlog.h). */

/* A method call has come. 0: nothing is to be done for it. */
int door_take(sd_bus_message *call, BusCall **ret);

/* A copy of an original; in its own turn that may take a while. */
int door_copy_original(sd_bus_message *call, sd_bus_message **ret);
