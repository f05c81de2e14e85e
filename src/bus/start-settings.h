/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/start-options.h"

/* The options of StartJob that are properties of the job's unit: those of model/unit-settings.h, and
 * Properties. */

#define START_SETTINGS (_UNIT_SETTING_MAX + 1U)

/* START_SETTINGS of them, into StartOptions. */
void start_settings_add(Option *options);

/* When all are read: a box comes with NoNewPrivileges. InvalidArgument if that is refused. */
int start_settings_settle(JobRequest *request, sd_bus_error *error);
