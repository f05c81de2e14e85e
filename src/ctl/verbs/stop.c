/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/act.h"
#include "wire/names.h"

static const Option option_rows[] = {
        { ACT_NO_WAIT, "no-wait", NULL, "do not wait until they have ended" },
        { ACT_DRY_RUN, "dry-run", NULL, "only say which" },
};

int verb_stop(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        /* what has ended needs no stopping, whether somebody else or the job itself was faster */
        Action action = {
                .what = "stop job",
                .done = "stopped",
                .member = "Stop",
                .fine = JOBD_ERROR_PREFIX "AlreadyFinished",
        };

        return act_and_wait(c, &action,
                            &(const Options){ option_rows, G_N_ELEMENTS(option_rows), .filters = &filters },
                            argc, argv);
}
