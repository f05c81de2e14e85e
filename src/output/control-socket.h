/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "wire/control.h"

/* Single messages on jobd's end of a control socket. Never blocks. */

typedef struct ControlPacket {
        ControlMessage message;
        char text[CONTROL_TEXT_MAX];
} ControlPacket;

/* `passed`: a descriptor that goes with it, or negative. 1: sent. 0: no room. −EPIPE: nobody is there; other
 * errors. */
int control_socket_send(int fd, const ControlMessage *message, int passed);

/*
 * 1: a packet of *ret_size bytes, 0 if it is too large for any message; *ret_pid: its sender, as the kernel
 * saw it, 0 if it is unknown. 0: nothing there. −EPIPE: the end.
 */
int control_socket_receive(int fd, ControlPacket *ret, size_t *ret_size, pid_t *ret_pid);
