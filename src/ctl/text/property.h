/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/json.h"

/*
 * Properties of jobs in JSON: what is unknown, unlimited, or not there yet is null, whatever number the bus
 * has for it.
 */

void property_json_number(Json *j, const char *name, uint64_t value);
void property_json_integer(Json *j, const char *name, int32_t value);
void property_json_string(Json *j, const char *name, const char *value);
