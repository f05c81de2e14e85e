/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/state.h"

#define TO(state)   (1U << JOB_##state)
#define TO_FINISHED (TO(COMPLETED) | TO(FAILED) | TO(STOPPED))

/*
 * A job that ended before its unit was seen active goes from NotStarted through Running: the begin is known
 * then. Completed from Stopping: the command had ended before the signal came (D5 of the semantics).
 */
static const unsigned edges[_JOB_STATE_MAX] = {
        [JOB_NOT_STARTED] = TO(RUNNING) | TO(FAILED) | TO(STOPPED) | TO(STOPPING) | TO(DISCONNECTED),
        [JOB_RUNNING] = TO(BLOCKED) | TO(SUSPENDING) | TO(SUSPENDED) | TO(STOPPING) | TO(DISCONNECTED) |
                        TO_FINISHED,
        [JOB_BLOCKED] = TO(RUNNING) | TO(SUSPENDING) | TO(STOPPING) | TO(DISCONNECTED) | TO_FINISHED,
        [JOB_SUSPENDING] = TO(SUSPENDED) | TO(RUNNING) | TO(STOPPING) | TO(DISCONNECTED) | TO_FINISHED,
        [JOB_SUSPENDED] = TO(RUNNING) | TO(BLOCKED) | TO(STOPPING) | TO(DISCONNECTED) | TO(FAILED) |
                          TO(STOPPED),
        [JOB_DISCONNECTED] = TO(RUNNING) | TO(BLOCKED) | TO(SUSPENDING) | TO(SUSPENDED) | TO(STOPPING) |
                             TO_FINISHED,
        [JOB_STOPPING] = TO(DISCONNECTED) | TO_FINISHED,
};

bool job_state_may_become(JobState from, JobState to) {
        return edges[from] & (1U << to);
}
