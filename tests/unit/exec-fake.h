/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "exec/exec.h"

/*
 * What jobd-exec meets outside: a journald with its socket, its process and its place in the cgroup tree,
 * all in a folder of the test's own. The socket is bound by the test, as it is by systemd in life: it
 * outlives the process.
 */
typedef struct Fake {
        char dir[64];
        char socket[96];
        int fd;        /* the socket, or −1 */
        pid_t process; /* that can die, or 0 */
        ExecConfig config;
} Fake;

/* With a socket and a process. */
void fake_open(Fake *fake);
void fake_close(Fake *fake);

void fake_bind(Fake *fake);
void fake_unbind(Fake *fake); /* what is queued is gone */

/* A socket that is connected to it, as jobd hands them out; −1: nobody listens. */
int fake_connect(const Fake *fake);

/* As jobd: sends such a socket over a control socket, or says that there is none. */
void fake_supply(const Fake *fake, int control);

/* Adds `n` copies of a descriptor to a message; `bytes` must have room for them. */
void fake_attach(struct msghdr *header, char *bytes, int fd, size_t n);

void fake_start(Fake *fake);
void fake_kill(Fake *fake); /* returns when it is dead, and gone from the cgroup tree */

/* A native journal record as it arrived. */
typedef struct Record {
        uint8_t bytes[1100 * 1024];
        size_t length;
        bool large; /* in a memfd */
} Record;

/* The next one, as a datagram or in a memfd; fails the test if none comes for ten seconds. */
void fake_receive(Fake *fake, Record *record);

/* True if one is waiting now. */
bool fake_is_waiting(const Fake *fake);

/* The value of a field and its length, or NULL. */
const uint8_t *record_field(const Record *record, const char *name, size_t *ret_length);

/* True if the field is there and has this value. */
bool record_has(const Record *record, const char *name, const char *value);
uint64_t record_number(const Record *record, const char *name);
