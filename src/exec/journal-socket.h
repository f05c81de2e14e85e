/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The socket to journald: datagrams, one a record. Nothing here blocks. */

/* A datagram that went elsewhere could not be asked after, and a stream would mix them. */
bool journal_socket_is_one(int fd);

/* Bytes of output that fit into one datagram. */
size_t journal_socket_set_buffer(int fd);

/* −errno. Without bytes: an empty one, which journald ignores. */
int journal_socket_send(int fd, const void *bytes, size_t size);

/* A record in a memfd. −errno. */
int journal_socket_send_fd(int fd, int record);

/* What journald has not taken yet; 0: it has all, or the socket was closed on the other side. */
int journal_socket_queued(int fd);
