/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/job-id.h"
#include "model/output-state.h"

/*
 * The first half of cache_open(): what a crash left of a job's segments, and what follows for its state.
 *
 * *ret_fd: the last segment, to be written on at state->end − *ret_start; −1 if there is none.
 */
int cache_recover(int state_dir, JobId id, OutputState *state, const OutputLimit *limit, int *ret_fd,
                  uint64_t *ret_start);
