/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "output/segments.h"

/*
 * What is damaged or missing in a log is counted once: the first time that somebody meets it, and for the
 * whole stretch between two marks (segments.h), by way of how much was written there and how much can still
 * be read. What is damaged later in the same stretch is passed over, too, and not counted any more.
 *
 * All: −errno if it cannot be read now; then nothing is concluded.
 */

int damage_count(const Segments *segments, OutputState *state, uint64_t position);

/*
 * At the first use of a job's output in this process, and cheap: segments that are missing or too short, and
 * what stands in the last one, the only one that was written to when the power went. Also takes segments for
 * received that an earlier jobd could only mark so, as the disk was full.
 */
int damage_check(const Segments *segments, OutputState *state);

/*
 * What is let go of unread, from one position to another: received by who does not want it, or dropped. No
 * byte of it is looked at, as that would cost what it costs to read it: segments that are missing or too
 * short are counted; what is damaged inside of one that is as long as it should be goes with it, unseen.
 */
int damage_check_files(const Segments *segments, OutputState *state, uint64_t from, uint64_t to);
