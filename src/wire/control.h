/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/*
 * Messages on the control socket between jobd and one jobd-exec: AF_UNIX, SOCK_SEQPACKET, one message a
 * packet, host byte order. At first it is a pair: jobd-exec has its end on descriptor 1, jobd keeps the
 * other in systemd's file descriptor store, so that it outlives jobd. If that is emptied, the next jobd
 * connects to the socket on which jobd-exec listens (output/meeting.h), and the connection is the control
 * socket from then on. Both ends never block: what jobd-exec cannot send is superseded by its next message
 * of that kind; what jobd cannot send it sends again with the next ACK.
 *
 * jobd-exec → jobd
 *   HELLO   first of all, on each socket; jobd takes the sender's pid from SCM_CREDENTIALS
 *   STARTED the command executes. Said once, and again to each jobd that asks
 *   HINT    records were handed to journald: bytes[0] of stdout, bytes[1] of stderr in all so far. At most
 *           one is on its way: the next is sent after an ACK
 *   DONE    the exit record was handed over, and the barrier is behind it; bytes as in HINT. arg:
 *           CONTROL_DONE_*
 *   STATUS  text follows the header: what the command said with STATUS= (UTF-8, at most CONTROL_TEXT_MAX
 *           bytes)
 *   NEED_JOURNAL  it has no socket to journald, or that has been closed on the other side. At most one is on
 *           its way: the next is sent after a JOURNAL, or after an ACK, as the jobd that was asked may be
 *           gone
 *   STALLED the command has ended, and for bytes[0] µs journald has taken nothing of what is left: shall it
 *           wait? It asks again and again
 *   MOVED   processes of the job were found outside of its unit
 * jobd → jobd-exec
 *   ACK     bytes[0]: bytes in the cache, bytes[1]: bytes that may be sent in all (both: sum of the
 *           streams). Answers a HINT once its bytes are in the cache; sent unasked when jobd comes back or
 *           allows more
 *   KILL    send signal arg to the command; bytes[0] not 0: to every process of the job but jobd-exec itself
 *   REPEAT  another jobd has the socket now: STARTED is to be said again, if it was so
 *   JOURNAL comes with a descriptor: a datagram socket, connected to journald's, to which root alone may
 *           connect. One is in the queue before jobd-exec starts; every other one answers a NEED_JOURNAL.
 *           Without the descriptor: nobody listens there, ask again in a while
 *   LISTEN  comes with a descriptor: a listening socket, to which only root can connect. It is in the queue
 *           before jobd-exec starts, or there is none
 *   PATIENCE  answers a STALLED. arg 1: wait on, journald is at work; 0: it is not
 */

typedef enum ControlType {
        CONTROL_HELLO = 1,
        CONTROL_HINT = 2,
        CONTROL_DONE = 3,
        CONTROL_STATUS = 4,
        CONTROL_NEED_JOURNAL = 5,
        CONTROL_STALLED = 6,
        CONTROL_STARTED = 7,
        CONTROL_MOVED = 8,
        CONTROL_ACK = 64,
        CONTROL_KILL = 65,
        CONTROL_JOURNAL = 66,
        CONTROL_PATIENCE = 67,
        CONTROL_REPEAT = 68,
        CONTROL_LISTEN = 69,
} ControlType;

/* journald was given up. Bytes: what the command has written, also what is in no record. */
#define CONTROL_DONE_GAVE_UP (UINT32_C(1) << 0)

#define CONTROL_TEXT_MAX 1024U

typedef struct ControlMessage {
        uint32_t type;
        uint32_t arg;
        uint32_t task; /* of a job of many tasks, the one that is meant; 0: the job */
        uint32_t reserved;
        uint64_t bytes[2];
} ControlMessage;

_Static_assert(sizeof(ControlMessage) == 32, "control messages have a fixed layout");

/* How far jobd-exec may be ahead of the cache, in bytes: beyond, the job waits as on any full pipe. */
#define CONTROL_WINDOW (UINT64_C(64) * 1024 * 1024)
