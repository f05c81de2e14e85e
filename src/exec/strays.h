/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/*
 * Processes of the job that are not in its unit any more, out of reach of whoever stops that: a user whose
 * own systemd runs may have it move his processes, jobd-exec among them, into a cgroup of its own; a program
 * that opens a session for somebody moves itself. All that descends from us is known, as it stays so when
 * its parent has ended.
 */
#define STRAYS_MAX 256 /* beyond, they are not found */

typedef struct Strays {
        int fds[STRAYS_MAX]; /* of processes, so that no number becomes another's */
        unsigned n;
} Strays;

/* From here on whoever loses his parent becomes a child of ours, not of PID 1. task_reap() takes those,
 * too. */
void strays_keep_orphans(void);

/* Looks, anew, for what descends from us and is not in the cgroup `path`. */
void strays_find(Strays *strays, const char *path);

/* To each, as far as we may. */
void strays_signal(const Strays *strays, int signo);

/* Finds and kills them, also those that are forked meanwhile. */
void strays_kill(Strays *strays, const char *path);

void strays_clear(Strays *strays);
