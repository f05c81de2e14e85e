/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jobs/jobs.h"
#include "queue/waits.h"

/*
 * Jobs that wait for their turn: while too many are running, in all (RunningMax=) or of their owner
 * (UserRunningMax=), or too many are starting. Who is next, waits.h says.
 */

typedef struct Queue {
        sd_event *event;
        Jobs *jobs;
        QueueLimits limits;
        GHashTable *lines; /* owner → Line */
        Retry *starts;     /* of jobs that wait for what is short */
        bool paused;       /* see waits.h */
        int shortage;      /* −errno; 0 when nothing lacked at the last start */
        sd_event_source *run_timer, *reasons_timer;
} Queue;

/* Of nobody's jobs yet. `jobs` is borrowed, and tells of those that wait from here on. */
Queue *queue_new(sd_event *event, Jobs *jobs);
void queue_free(Queue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)

/* There may be room for more now. */
void queue_set_limits(Queue *queue, const QueueLimits *limits);

/* There may be room now. */
void queue_run(Queue *queue);

/* The same in the next turn of the loop: from callbacks of parts that starting a job needs, too. */
void queue_run_soon(Queue *queue);
