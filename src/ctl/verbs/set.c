/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/parse.h"
#include "ctl/act.h"
#include "ctl/options.h"
#include "ctl/usage.h"

/* Changes what jobs may do while they run. */

enum {
        OPTION_PARALLEL = OPTION_BASE,
};

static const Option option_rows[] = {
        { OPTION_PARALLEL, "parallel", "N", "so many children run at once" },
};

static int append(sd_bus_message *m, const void *arguments) {
        int r = sd_bus_message_append(m, "u", *(const uint32_t *) arguments);

        return r < 0 ? r : sd_bus_message_append(m, "a{sv}", 0);
}

int verb_set(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        uint32_t parallel = 0;
        Action action = {
                .what = "change job",
                .done = "changed",
                .member = "SetThrottleLimit",
                .append = append,
                .arguments = &parallel,
        };
        int option, status = STATUS_USAGE;

        while ((option = options_next(c, &options, argc, argv)) >= 0)
                if (parse_u32(optarg, &parallel) < 0 || parallel == 0)
                        return fail_usage(c, "--parallel= is a number from 1 on, not '%s'", optarg);
        if (option != OPTIONS_END || !options_finish(c, &options, &argc, &argv, &status))
                return status;
        if (parallel == 0)
                return fail_usage(c, "what is to be changed? --parallel=N is what there is");
        return act_on_selected(c, &action, &filters, argv, false);
}
