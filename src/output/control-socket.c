/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "output/control-socket.h"

int control_socket_send(int fd, const ControlMessage *message, int passed) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                                  .cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS } };
        struct iovec part = { (void *) message, sizeof(*message) };
        struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

        if (passed >= 0) {
                memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
                header.msg_control = &control;
                header.msg_controllen = sizeof(control);
        }
        if (sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
                return 1;
        if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == EINTR)
                return 0;
        return errno == ECONNRESET ? -EPIPE : -errno;
}

/* The sender's pid, as the kernel saw it when it sent; 0 if it is unknown. */
static pid_t sender_pid(struct msghdr *header) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c))
                if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
                    c->cmsg_len == CMSG_LEN(sizeof(struct ucred))) {
                        struct ucred ucred;

                        memcpy(&ucred, CMSG_DATA(c), sizeof(ucred));
                        return ucred.pid;
                }
        return 0;
}

int control_socket_receive(int fd, ControlPacket *ret, size_t *ret_size, pid_t *ret_pid) {
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(struct ucred))];
        } control;
        struct iovec part = { ret, sizeof(*ret) };
        struct msghdr header = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = &control,
                .msg_controllen = sizeof(control),
        };
        ssize_t n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        /* jobd-exec was killed with our messages unread: the kernel says so before it gives what it had
         * sent */
        if (n < 0 && errno == ECONNRESET)
                n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -EPIPE;
        if (n == 0)
                return -EPIPE;
        *ret_pid = sender_pid(&header);
        *ret_size = header.msg_flags & MSG_TRUNC ? 0 : (size_t) n; /* no message has size 0: ignored */
        return 1;
}
