/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* The greatest job id that the journal knows, 0 for none. `directory`: of its files; NULL: the namespace's.
 * −errno. */
int journal_highest_id(const char *directory, uint32_t *ret);
