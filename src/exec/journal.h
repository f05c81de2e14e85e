/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "exec/clock.h"
#include "exec/exec.h"
#include "exec/window.h"

/*
 * The way to journald: datagrams over a socket that jobd has connected, one a record, of which nothing is
 * lost.
 *
 * What is known of the other side (facts that shape this file):
 *   - systemd holds the socket. While journald is dead, datagrams queue up; the record that it had in its
 *     hands is gone. Hence the window of the last records, and a pidfd on journald: whenever one is opened,
 *     the window goes out again. That it is opened first, and the window sent afterwards, leaves no gap in
 *     between.
 *   - SIOCOUTQ is 0 when everything has been taken out of the queue. The last one may still be in journald's
 *     hands; an empty datagram behind it, which journald ignores, has been taken only when the last record
 *     was handled.
 *   - SIOCOUTQ is 0 as well if the socket was closed with all that was in it. Then the next send is refused.
 *   - SO_SNDBUF bounds what can be queued, so a window larger than that has everything that can be lost.
 */
typedef struct Journal {
        const ExecConfig *config;
        Window window;
        int fd;            /* connected, of nobody else, or −1 */
        int journald;      /* pidfd, or −1: not found */
        size_t data_max;   /* bytes of output that fit into one record */
        bool blocked;      /* the queue is full: wait for POLLOUT */
        bool marked;       /* the barrier's empty datagram is behind the last record */
        bool handled;      /* the barrier is behind the last record */
        bool ending;       /* no more records: the barrier is wanted at once */
        int queued;        /* SIOCOUTQ when last seen by the barrier */
        uint64_t progress; /* grows whenever journald takes something */
        uint64_t quiet_at; /* the barrier is wanted then, to let the window go */
        bool holding;      /* journald died, and its successor is expected */
        Retry ask;
        Retry look;
        Retry probe;
} Journal;

int journal_init(Journal *journal, const ExecConfig *config);
void journal_free(Journal *journal);

/* True if it has no socket, and the time has come to ask for one. */
bool journal_asks(Journal *journal, uint64_t now);

/* A socket that is connected to journald's; taken. 0, or −errno if it is no such thing: then it is
 * closed. */
int journal_attach(Journal *journal, int fd, uint64_t now);

/* True if all records were handed over, and another one may follow. */
bool journal_is_ready(const Journal *journal);

/* True if what was handed over has been taken out of the queue. */
bool journal_is_taken(const Journal *journal);

/* Room for a record of at most COMPOSE_FIELDS_MAX + data_max bytes, and its sending. Only when ready. */
uint8_t *journal_reserve(Journal *journal, uint64_t now);
void journal_commit(Journal *journal, size_t size, uint64_t now);

/* True if a large record (bulk.h) may follow now: one at a time. */
bool journal_takes_bulk(Journal *journal, uint64_t now);

/* Sends one, whose descriptor is taken. Only when it takes one. */
void journal_commit_bulk(Journal *journal, int fd, uint64_t now);

/* Does what is due; `died`: the pidfd was readable. */
void journal_step(Journal *journal, uint64_t now, bool died);

/* No more records will come: journal_step() brings the barrier up, `handled` tells when it is behind. */
void journal_end(Journal *journal);

/* For the loop: what to poll for, and when to call journal_step() in any case. */
struct pollfd journal_poll_socket(const Journal *journal);
struct pollfd journal_poll_journald(const Journal *journal);
uint64_t journal_deadline(const Journal *journal);
