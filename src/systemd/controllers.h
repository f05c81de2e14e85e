/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Whether systemd has this controller of the unified tree ("memory", "pids", "cpu", "io"), or the one of an
 * older tree that does the same: without it systemd takes a limit, and nothing holds it. `root`: where the
 * tree is mounted. */
bool controllers_have(const char *root, const char *name);
