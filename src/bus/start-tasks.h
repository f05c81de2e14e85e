/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/start-options.h"

/* Tasks, Isolate and ThrottleLimit: many commands in one call, each a child of the job. */

int start_read_tasks(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error);
int start_read_throttle(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error);

/* When all has been read. `other`: they are to run as another user. `root`: nobody needs to be asked. */
int start_settle_tasks(StartOptions *o, bool other, bool root, sd_bus_error *error);
