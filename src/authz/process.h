/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What /proc tells of the process behind a call. */
typedef struct ProcessFacts {
        /* What confines it more than PID 1, for people: see confinement.h. Also if it is no process of the
         * caller any more, or if that cannot be told. NULL: nothing does. */
        const char *box;
        /* Clock ticks since boot: with the pid and the uid it names the process for polkit. 0: these do not
         * name it without doubt, as it is gone or its real uid is another. */
        uint64_t start_time;
} ProcessFacts;

/* Its process has not ended, or not been waited for: until then nobody else has its number. */
bool process_is_alive(int pidfd);

/* `pidfd`: of that process, so that its number cannot have become another's meanwhile; −1: none. `uid`: of
 * the call. `connected`: µs of CLOCK_BOOTTIME; who was not there then is somebody else. */
ProcessFacts process_look(pid_t pid, int pidfd, uid_t uid, uint64_t connected);
