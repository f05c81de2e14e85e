/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "queue/line.h"
#include "queue/queue.h"

/* Why jobs wait, and that they are told. */

/* As it is now. */
QueueRoom queue_room(const Queue *queue);

/* Of this line, now. */
void reasons_refresh(const Queue *queue, Line *line);

/* What the jobs of all lines wait for may be something else now. */
void reasons_tell_soon(Queue *queue);
