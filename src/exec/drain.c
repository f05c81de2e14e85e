/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/drain.h"

#include "exec/clock.h"

#define SILENT_MAX 5U
#define LOOKS_MAX  100U

/* A stop has its time-out, and after that systemd kills us, with the exit record unsent. */
#define SILENT_MAX_HURRY 2U
#define LOOKS_MAX_HURRY  5U

/* Looks that are not counted, as others wanted to go on and could not: as many as fit in eight seconds. */
#define STARVED_MAX 400U

/* Between two looks; a daemon that wakes up now and then uses less. */
#define AT_WORK (1 * USEC_PER_MSEC)

void drain_begin(Drain *drain, uint64_t pause, uint64_t now) {
        drain->on = true;
        drain->pause = pause;
        drain->look_at = now + pause;
}

bool drain_is_due(const Drain *drain, uint64_t now) {
        return drain->on && now >= drain->look_at;
}

void drain_look(Drain *drain, const DrainSight *sight, uint64_t now) {
        bool at_work = sight->cpu_usec >= drain->cpu_usec + AT_WORK;
        bool heard = drain->came || sight->pending;

        drain->look_at = now + drain->pause;
        drain->cpu_usec = sight->cpu_usec;
        if (!drain->awake)
                return;
        drain->awake = drain->came = false;
        if (sight->wanting && !heard && !at_work && !drain->hurry && drain->starved < STARVED_MAX) {
                drain->starved++;
                drain->silent = 0;
                return;
        }
        drain->looks++;
        drain->silent = heard || at_work || sight->wanting ? 0 : drain->silent + 1;
}

bool drain_is_long(const Drain *drain) {
        return drain->on && drain->looks >= (drain->hurry ? LOOKS_MAX_HURRY : LOOKS_MAX);
}

bool drain_is_over(const Drain *drain) {
        return drain->on && (drain->silent >= (drain->hurry ? SILENT_MAX_HURRY : SILENT_MAX) ||
                             drain->looks > (drain->hurry ? LOOKS_MAX_HURRY : LOOKS_MAX));
}
