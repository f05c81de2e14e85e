/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

/*
 * Values of any type: in a message, in memory as GVariant, on disk as GVariant text.
 */

#define VARIANT_DEPTH_MAX 16U /* containers within containers */

/* Reads the one complete value that `m` stands before. −E2BIG: it has more than `max` bytes (an empty
 * container counts for some, too); −ELOOP: it is nested too deeply; −EOPNOTSUPP: there is a file descriptor
 * in it. */
int variant_read(sd_bus_message *m, size_t max, GVariant **ret);

/* Appends `value` where one of its type is due. −EINVAL: D-Bus has no such type. */
int variant_append(sd_bus_message *m, GVariant *value);

/* One line of text that names the types; for the caller to free. */
char *variant_format(GVariant *value);

/* What variant_format() wrote, if it is of `type`. −EBADMSG if it is anything else. */
int variant_parse(const char *text, const char *type, GVariant **ret);
