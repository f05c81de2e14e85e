/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

/*
 * Values read from the command line, on their way to the bus: GLib's variants know their D-Bus type.
 */

/* Appends the value itself, without a variant around it. Negative errno. */
int variant_append(sd_bus_message *m, GVariant *value);

/* Appends "{sv}", and "(sv)". */
int variant_append_entry(sd_bus_message *m, const char *name, GVariant *value);
int variant_append_pair(sd_bus_message *m, const char *name, GVariant *value);
