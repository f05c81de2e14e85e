/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/act.h"

static const Option option_rows[] = {
        { ACT_NO_WAIT, "no-wait", NULL, "do not wait until they are suspended" },
        { ACT_DRY_RUN, "dry-run", NULL, "only say which" },
};

int verb_suspend(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        Action action = { .what = "suspend job", .done = "suspended", .member = "Suspend" };

        return act_and_wait(c, &action,
                            &(const Options){ option_rows, G_N_ELEMENTS(option_rows), .filters = &filters },
                            argc, argv);
}
