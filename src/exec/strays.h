/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

/*
 * Processes of the job that are not in its unit any more: a user whose own systemd runs may have that move his processes,
 * jobd-exec among them, into a cgroup of its own, out of reach of whoever stops the unit. What can still be known of them is
 * their session, which is the command's, and whose children they are.
 */
#define STRAYS_MAX 256 /* beyond, they are not found */

typedef struct Strays {
        int fds[STRAYS_MAX]; /* of processes, so that no number becomes another's */
        unsigned n;
} Strays;

/* Looks through /proc, anew: for what descends from `command`, or is of its session, and not in the cgroup `path`. */
void strays_find(Strays *strays, const char *path, pid_t command);

/* To each, as far as we may. */
void strays_signal(const Strays *strays, int signo);

void strays_clear(Strays *strays);
