/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "exec/clock.h"
#include "wire/control.h"

/*
 * jobd-exec's end of the control socket (wire/control.h). It never blocks: of each kind of message only the
 * newest is kept until it can be sent.
 */
typedef struct Control {
        int fd;       /* −1: jobd is gone */
        int listener; /* where the next jobd connects; −1: none will, then everything is allowed */
        uint64_t listen_after; /* not before this time: the kernel had no room for one more */
        uint64_t allowed;
        uint64_t hinted[2];
        bool hint_out; /* a HINT is on its way, wait for the ACK */
        int journal;   /* sent by jobd and not taken yet, or −1 */
        bool hello_due;
        bool started, started_due;
        bool moved, moved_due;
        bool journal_due;
        bool journal_out; /* a NEED_JOURNAL is on its way */
        bool kill_all;    /* the last KILL was for all processes */
        bool status_due;
        bool answered; /* a PATIENCE has come */
        bool give_up;  /* the newest one says so */
        bool blocked;
        uint64_t status_after; /* not before this time: each becomes a signal on the bus */
        uint32_t status_length;
        char status[CONTROL_TEXT_MAX];
} Control;

/* Whether it is of the kind that jobd gives to jobd-exec. */
bool control_is_socket(int fd);

/* `fd` is taken. */
void control_init(Control *control, int fd, uint64_t allowed);
void control_free(Control *control);

/* Journald has been handed this much of each stream. */
void control_hint(Control *control, const uint64_t bytes[2]);

/* The command executes. */
void control_started(Control *control);

/* Processes of the job were found outside of its unit. Said once. */
void control_moved(Control *control);

/* The command said this about itself. */
void control_status(Control *control, const char *text, size_t length);

/* The last message; the socket is closed then. Waits for at most a second. */
void control_done(Control *control, uint32_t flags, const uint64_t bytes[2]);

/* Asks jobd whether to wait for journald, which has taken nothing for so long. */
void control_stalled(Control *control, uint64_t usec);

/* True if jobd has answered since this was called last. */
bool control_take_answer(Control *control);

/* Asks for a socket to journald, unless such a question is on its way. */
void control_need_journal(Control *control);

/* The newest descriptor that jobd sent as one; it is the caller's. −1: none. */
int control_take_journal(Control *control);

/* Sends what is due, HELLO before anything else. */
void control_step(Control *control, uint64_t now);

/* Reads messages up to the next KILL: returns its signal, or 0 if there is none. `kill_all`: it is for all
 * processes. */
int control_receive(Control *control);

/* Another jobd is there: its socket takes the place of the one before, and what was asked of that is asked
 * again. */
void control_accept(Control *control, uint64_t now);

struct pollfd control_poll(const Control *control);
struct pollfd control_poll_listener(const Control *control, uint64_t now);
uint64_t control_deadline(const Control *control, uint64_t now);
