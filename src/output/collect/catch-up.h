/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/collect/core.h"

/*
 * What was missed is asked for: by a sender's UUID from the head of the journal, one after the other. Who
 * wants that: core_want_query().
 */

extern const QueryEvents catch_up_events;

/* Begins the next query, if none runs. */
void catch_up_start(Collector *collector);

/* Whatever may have been missed, of all jobs. */
void catch_up_all(Collector *collector);

/* Of those whose cache could not be written. */
void catch_up_failed(Collector *collector);
