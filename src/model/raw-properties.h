/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/*
 * Raw unit properties: the option Properties of StartJob, a(sv) as systemd takes it. Whoever may give them
 * has in effect the rights of root: they are bounded here, and kept from what jobd's promises stand on.
 */

#define RAW_PROPERTIES_TYPE     "a(sv)"
#define RAW_PROPERTIES_MAX      256U
#define RAW_PROPERTIES_SIZE_MAX (64U * 1024U) /* bytes of all together, as variant_read() counts them */

/* −JOBD_E_INVALID_ARGUMENT or −JOBD_E_LIMIT_EXCEEDED, with the reason in *ret_why for the caller to free. */
int raw_properties_check(GVariant *properties, char **ret_why);

/* The controller of the cgroup tree without which that property does nothing; NULL: none. */
const char *raw_property_controller(const char *name);

/* NAME=VALUE for people, values as GVariant text, which says where each ends; quoted (base/quote.h) and cut
 * to `max` bytes. */
char *raw_properties_describe(GVariant *properties, size_t max);

/* `words`, in which systemd quotes what it has refused, for everybody's eyes: "…" where they repeat text of
 * a value; quoted and cut to `max` bytes. `properties` may be NULL. */
char *raw_properties_redact(GVariant *properties, const char *words, size_t max);
