/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/manager.h"

/* The configuration of manager->config_dirs is taken into use. */

/* At start: what is wrong is logged, and a slip of the pen must not keep all users from their jobs. */
void configure(Manager *manager);

/* Once more: anything wrong is logged, told in `error`, and nothing changes. */
int reconfigure(Manager *manager, sd_bus_error *error);
