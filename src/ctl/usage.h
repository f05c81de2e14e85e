/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/* "jobctl: VERB: TEXT", then where to find help; returns STATUS_USAGE. */
int fail_usage(const Ctl *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
