/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/supply.h"

void supply_journal(Journal *journal, Control *control, uint64_t now) {
        int fd = control_take_journal(control);

        if (fd >= 0)
                (void) journal_attach(journal, fd, now); /* if it is of no use, another one is asked for */
        if (journal_asks(journal, now))
                control_need_journal(control);
}
