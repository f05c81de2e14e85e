/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/start-options.h"

/* The options of StartJob that model/options.h has a row for. */

/* _JOB_OPTION_MAX of them, into StartOptions. */
void start_values_add(Option *options);

/* Properties: raw ones of the job's unit. */
int start_read_properties(sd_bus_message *m, const Option *option, void *field, sd_bus_error *error);

/* When all are read: a box comes with NoNewPrivileges. InvalidArgument if that is refused. */
int start_values_settle(JobRequest *request, sd_bus_error *error);
