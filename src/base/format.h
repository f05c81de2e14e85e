/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* A size as parse_size() reads it: "4G", "1.5M" (cut to one digit), "infinity". For the caller to free. */
char *format_size(uint64_t bytes);
