/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/act.h"

static const Option option_rows[] = {
        { ACT_NO_WAIT, "no-wait", NULL, "do not wait until they run again" },
        { ACT_DRY_RUN, "dry-run", NULL, "only say which" },
};

int verb_resume(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        Action action = { .what = "resume job", .done = "resumed", .member = "Resume" };

        return act_and_wait(c, &action,
                            &(const Options){ option_rows, G_N_ELEMENTS(option_rows), .filters = &filters },
                            argc, argv);
}
