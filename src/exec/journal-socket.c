/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/journal-socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "exec/compose.h"
#include "wire/record.h"

#define SEND_BUFFER  (256 * 1024)
#define DATAGRAM_LAG 32 /* AF_UNIX takes datagrams of at most SO_SNDBUF less this */

bool journal_socket_is_one(int fd) {
        int domain = 0, type = 0;
        socklen_t length = sizeof(int);

        return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) >= 0 && domain == AF_UNIX &&
               getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) >= 0 && type == SOCK_DGRAM;
}

size_t journal_socket_set_buffer(int fd) {
        int size = SEND_BUFFER;
        socklen_t length = sizeof(size);

        (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)); /* see what came of it */
        if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) < 0)
                size = 0;
        size -= DATAGRAM_LAG + (int) COMPOSE_FIELDS_MAX;
        return size >= (int) RECORD_DATAGRAM_MAX ? RECORD_DATAGRAM_MAX : size > 0 ? (size_t) size : 1;
}

int journal_socket_send(int fd, const void *bytes, size_t size) {
        return send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int journal_socket_send_fd(int fd, int record) {
        union {
                struct cmsghdr header;
                uint8_t bytes[CMSG_SPACE(sizeof(int))];
        } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                                  .cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS } };
        const struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };

        memcpy(CMSG_DATA(&control.header), &record, sizeof(record));
        return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int journal_socket_queued(int fd) {
        int n = 0;

        /* cannot fail on a socket; 0 would only make the barrier depend on the next send */
        (void) ioctl(fd, SIOCOUTQ, &n);
        return n;
}
