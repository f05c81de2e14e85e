/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/* The name of a user, or the number where there is none that counts: over ssh numbers are another machine's.
 * For the caller to free. */
char *owner_name(const Ctl *c, uint32_t uid);

/* By name, where names count, or by number. False: there is no such user. */
bool owner_find(const Ctl *c, const char *word, uint32_t *ret);

/* "alice (1000)", or "1000". */
char *owner_text(const Ctl *c, uint32_t uid);
