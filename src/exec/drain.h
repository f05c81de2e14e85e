/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * How long the pipes are still read after the command's end. Others may write to them then: some end a
 * little after the command, as a shell's process substitutions do, some never, as a daemon. So they are read
 * until end of file, until nothing has come for 100 ms, or for two seconds if something comes again and
 * again. Sooner when systemd stops the unit: then all of them have been told to end.
 *
 * It is counted in looks, 20 ms apart, not by the clock: a look that comes late, since the machine is busy
 * or the job was frozen, counts as one, and while journald takes nothing there are none. Nor is it silence
 * when others in the job's cgroup use the processor, or want it, or wait for a disk: they may be about to
 * say something. A look in which they wanted it and got none of it is not counted at all, for eight
 * seconds: on a full machine two would be short. When the unit is stopped, it is: its time-out is short as
 * well.
 */
typedef struct Drain {
        bool on;
        bool hurry;
        bool awake; /* since the last look something could be read */
        bool came;  /* and there was something */
        uint64_t pause;
        uint64_t look_at;
        uint64_t cpu_usec; /* of the others, at the last look */
        unsigned int looks;
        unsigned int starved; /* looks that were not counted */
        unsigned int silent;  /* of these, the last ones that found nothing */
} Drain;

/* What is seen when it is looked. */
typedef struct DrainSight {
        bool pending;      /* something is in the pipes */
        bool wanting;      /* others in the cgroup want to go on: they run or would, or wait for a disk */
        uint64_t cpu_usec; /* CPU time that they have used in all */
} DrainSight;

/* `pause`: between two looks, µs. */
void drain_begin(Drain *drain, uint64_t pause, uint64_t now);

bool drain_is_due(const Drain *drain, uint64_t now);

void drain_look(Drain *drain, const DrainSight *sight, uint64_t now);

/* True when it has gone on for so long that nothing more is read. It is over one look later: what has come
 * until then is known to be lost. */
bool drain_is_long(const Drain *drain);

/* True when what comes to the pipes does not count any more. */
bool drain_is_over(const Drain *drain);
