/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/request.h"

/* The part of a record that has a job's values and raw properties, as GVariant text. */

void record_format_values(GKeyFile *file, const JobRequest *request);

/* −EPROTONOSUPPORT: there are values that only a newer jobd knows. */
int record_check_values(GKeyFile *file);

/* −EBADMSG if something cannot be kept: that is no reason to run the job without it. */
int record_parse_values(GKeyFile *file, JobRequest *request);
