/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Ids that were used once, though the counter is lost; a StoreIds, whose userdata is not used. */
int known_ids_find(uint32_t *ret, void *userdata);
