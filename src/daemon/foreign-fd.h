/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/socket.h>

/* recvmsg(): descriptors that come are marked, and have room where nothing else has. For sockets of which
 * few reads bring any: it looks ahead whether this one does. */
ssize_t foreign_fd_receive(int fd, struct msghdr *message, int flags);

/* The same, for few and large reads: there is room at each of them. */
ssize_t foreign_fd_receive_with_room(int fd, struct msghdr *message, int flags);
