/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

/*
 * Values read from the command line, on their way to the bus: GLib's variants know their D-Bus type.
 */

/* Appends "{sv}", and "(sv)". Negative errno. */
int variant_append_entry(sd_bus_message *m, const char *name, GVariant *value);
int variant_append_pair(sd_bus_message *m, const char *name, GVariant *value);
