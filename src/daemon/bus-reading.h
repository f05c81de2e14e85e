/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

/* The bus, attached to a loop, is read ahead from now on (read-ahead.h), and what was read is handled. After
 * a call of sd-bus that waits for its answer: none of a message has been read then without its rest. */
int bus_reading_begin(sd_bus *bus);
