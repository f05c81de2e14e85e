/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

/*
 * Packets for a control socket: before each, two bytes. The lower twelve bits (the second byte is the higher
 * one) are its size, the uppermost says that a descriptor goes with it.
 */
typedef struct Packets {
        const uint8_t *data;
        size_t size;
} Packets;

#define PACKET_HEAD 2U

static inline void send_packet(int socket, const uint8_t *data, size_t size, bool with_descriptor) {
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
                                  .cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS } };
        struct iovec part = { (void *) data, size };
        struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
        int fd = -1;

        if (with_descriptor) {
                fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
                CHECK(fd >= 0);
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
                header.msg_control = &control;
                header.msg_controllen = sizeof(control);
        }
        (void) sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL); /* a full socket is as good */
        if (fd >= 0)
                (void) close(fd);
}

/* False: there is none any more. */
static inline bool send_next_packet(Packets *packets, int socket) {
        size_t size;
        unsigned head;

        if (packets->size < PACKET_HEAD)
                return false;
        head = packets->data[0] | (unsigned) packets->data[1] << 8;
        size = head & 0xfff;
        if (size > packets->size - PACKET_HEAD)
                size = packets->size - PACKET_HEAD;
        send_packet(socket, packets->data + PACKET_HEAD, size, (head & 0x8000) != 0);
        packets->data += PACKET_HEAD + size;
        packets->size -= PACKET_HEAD + size;
        return true;
}
