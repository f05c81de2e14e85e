/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/collect/core.h"

/* Who waits for room on the disk: collector_freed() and collector_limit_changed() of collector.h. */

/* What nobody reads any more goes, and its room is told of; again later, while anything is held. */
void space_on_held_timer(Collector *collector);
