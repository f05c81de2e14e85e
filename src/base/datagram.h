/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A Unix datagram socket that is connected to `path` (absolute, or "@NAME": abstract), never blocks, and is
 * closed on exec; or −errno: nobody listens there, or −EINVAL, −ENAMETOOLONG. */
int datagram_connect(const char *path);
