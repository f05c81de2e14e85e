/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "ctl/ctl.h"

/*
 * The last lines of a job's output, for people. Consumes nothing.
 */

/* Appends up to `n_lines` safe lines, each with `indent` before it and cut to `width` columns (0: whole).
 * Where the output cannot be read nothing is appended. */
void tail_append(Ctl *c, JobId job, uint64_t begin, uint64_t end, unsigned n_lines, const char *indent,
                 size_t width, GString *out);
