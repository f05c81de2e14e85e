/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A datagram socket that is connected to journald's at `path`, which never blocks; closed on exec. Or −errno: nobody
 * listens there. */
int journal_socket_open(const char *path);
