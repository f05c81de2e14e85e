/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <systemd/sd-bus.h>

#include "base/json.h"

/*
 * What jobd tells of a job (client/details.h), for people and for programs. Negative errno.
 */

/* Reads a variant as text, as "systemctl show" writes it: times, spans, words quoted as for a shell. */
int details_value_text(const char *name, sd_bus_message *m, GString *out);

/* Reads a variant into JSON, numbers as numbers. */
int details_value_json(const char *name, sd_bus_message *m, Json *j);
