/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Where systemd has the units that were made while it runs. */
#define SYSTEMD_TRANSIENT "/run/systemd/transient"

/* The greatest id of a job whose unit is in that folder, 0 for none. −errno. */
int units_highest_id(const char *folder, uint32_t *ret);
