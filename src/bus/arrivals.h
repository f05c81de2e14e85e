/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <systemd/sd-bus.h>

#include "base/cleanup.h"

/*
 * When connections came to the bus. A bus that hands out no descriptor of a connection's process
 * (dbus-daemon before 1.15.8) tells its number alone, and that may be another process's by the time of the
 * first call: of one that is younger than the connection. So jobd listens to who comes; it does so to who
 * goes as well.
 */

typedef struct Arrivals Arrivals;

int arrivals_new(sd_bus *bus, Arrivals **ret);
void arrivals_free(Arrivals *arrivals);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arrivals, arrivals_free)

/* The connection was there at that time: µs of CLOCK_BOOTTIME, as late as is known. Of one that is older
 * than this, when this began. */
uint64_t arrivals_find(const Arrivals *arrivals, const char *name);

/* It has left the bus. */
void arrivals_forget(Arrivals *arrivals, const char *name);
