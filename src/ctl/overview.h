/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl/ctl.h"

/* What there is at all: how many jobs are in which state, and the newest of them; in JSON all of them. */
int overview_print(Ctl *c);
