/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * All signals are blocked from the start and read from a descriptor. An ignored one would be lost, and a
 * handler that is set late comes late.
 */

/* A signalfd, or −errno. */
int signals_open(void);

typedef enum SignalAct {
        SIGNAL_NONE,    /* none is waiting */
        SIGNAL_NOTHING, /* one that is nobody's business */
        SIGNAL_CHILD,   /* a child has changed */
        SIGNAL_STOP,    /* systemd stops the unit: it tells all processes, the command too */
        SIGNAL_CONTINUE,
        SIGNAL_PASS, /* somebody means the command */
} SignalAct;

typedef struct Signal {
        int signo;
        pid_t sender;
} Signal;

/* Reads one. `stop`: the signal with which systemd stops the unit; TERM, HUP and INT are taken for that,
 * too. */
SignalAct signals_next(int fd, int stop, Signal *ret);

/* True if a SIGNAL_STOP is among those that are waiting now; takes them all. */
bool signals_stop_is_waiting(int fd, int stop);
