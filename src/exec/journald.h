/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "exec/exec.h"

/* A pidfd on the journald that serves the socket, or −errno. It cannot be asked of the socket: that was
 * bound by systemd, not by journald. But who is in journald's cgroup is public. */
int journald_open(const ExecConfig *config);

bool journald_is_dead(int pidfd);
