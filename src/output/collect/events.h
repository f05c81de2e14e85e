/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/collect/core.h"

/* What goes out: CollectorEvents. */

/* Flushes the cache of a job that is due, and tells what there is to tell. The job may be gone
 * afterwards. */
void events_settle(Collector *collector, JobId id);
