/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/job-id.h"
#include "systemd/unit-driver.h"

/*
 * Failed units that nobody waits for: jobd had saved a job's end, and was killed before it let the unit go.
 * systemd keeps a failed unit until it is reset.
 */

typedef struct Leftovers Leftovers;

/* Whether the job of that id and UUID has finished, or is no more. */
typedef bool (*LeftoversFunc)(JobId id, const char *uuid, void *userdata);

/* Finds them and lets them go, one after the other; never a unit that is not a job's. */
int leftovers_new(sd_bus *bus, LeftoversFunc is_over, void *userdata, Leftovers **ret);
void leftovers_free(Leftovers *leftovers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Leftovers, leftovers_free)
