/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/collect/core.h"

/* The one reader that follows the journal for all jobs, and what was hinted and does not come. */

extern const ReaderEvents follow_events;

/* Opens the journal if it is closed. */
void follow_open(Collector *collector);

/* Opens the journal if it is closed, and reads what has come. */
void follow_wake(Collector *collector);

/* Nothing more comes from it: what is missing when the journal has been read to its end is asked for by
 * UUID. */
void follow_to_the_end(Sender *sender);

/* If hinted bytes have not come, looks again after a growing pause; not for ever. */
void follow_wait_for_hints(Collector *collector);
