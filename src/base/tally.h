/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* How many of something each user has. Whoever has none takes no room. */
typedef GHashTable Tally;

Tally *tally_new(void);
void tally_free(Tally *tally);

guint tally_get(Tally *tally, uid_t uid);
void tally_add(Tally *tally, uid_t uid, guint n);

/* `n`: no more than there are. */
void tally_subtract(Tally *tally, uid_t uid, guint n);
