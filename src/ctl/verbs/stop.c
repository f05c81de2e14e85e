/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/act.h"
#include "ctl/options.h"
#include "wire/names.h"

enum {
        OPTION_NO_WAIT = OPTION_BASE,
        OPTION_DRY_RUN,
};

static const Option option_rows[] = {
        { OPTION_NO_WAIT, "no-wait", NULL, "do not wait until they have ended" },
        { OPTION_DRY_RUN, "dry-run", NULL, "only say which" },
};

static int append(sd_bus_message *m, const void *arguments) {
        const bool *wait = arguments;

        return append_flag(m, "Wait", *wait, *wait);
}

int verb_stop(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        bool wait = true, dry_run = false;
        /* what has ended needs no stopping, whether somebody else or the job itself was faster */
        Action action = {
                .what = "stop job",
                .done = "stopped",
                .member = "Stop",
                .append = append,
                .arguments = &wait,
                .fine = JOBD_ERROR_PREFIX "AlreadyFinished",
        };
        int option, status = STATUS_USAGE;

        while ((option = options_next(c, &options, argc, argv)) >= 0) {
                if (option == OPTION_NO_WAIT)
                        wait = false;
                else
                        dry_run = true;
        }
        if (option != OPTIONS_END || !options_finish(c, &options, &argc, &argv, &status))
                return status;
        return act_on_selected(c, &action, &filters, argv, dry_run);
}
