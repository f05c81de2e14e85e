/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/options.h"

/* Words of StartJob, of any bytes but NUL. All errors have a text. */

/* A word of that length is added to *size: LimitExceeded if that is more than one call may have. */
int start_count_word(uint64_t *size, size_t length, sd_bus_error *error);

/* "ay", or text. */
int start_read_bytes(sd_bus_message *m, const Option *option, char **ret, size_t *ret_size,
                     sd_bus_error *error);

/* "aay", which is added to *size. *ret: of char *, whose array frees them. */
int start_read_words(sd_bus_message *m, const Option *option, uint64_t *size, GPtrArray **ret,
                     sd_bus_error *error);
