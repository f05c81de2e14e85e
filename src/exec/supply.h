/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "exec/control.h"
#include "exec/journal.h"

/* The journal's socket comes over the control socket: gives the journal what has come, and has jobd asked
 * for one if it needs it. */
void supply_journal(Journal *journal, Control *control, uint64_t now);
