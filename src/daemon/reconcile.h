/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "daemon/manager.h"

/* Takes up every unfinished job that an earlier jobd left. The table of cases stands in reconcile.c. */
void reconcile(Manager *manager);
