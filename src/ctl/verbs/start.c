/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/report.h"
#include "ctl/spec/spec.h"
#include "ctl/terminal.h"

int verb_start(Ctl *c, int argc, char **argv) {
        g_autoptr(GArray) all = spec_rows_new(NULL);
        Options options = spec_options(all);
        g_auto(Spec) spec = { .input_fd = -1 };
        JobIdText label;
        JobId id;
        int option, status;

        spec_init(&spec);
        while ((option = options_next(c, &options, argc, argv)) != OPTIONS_END) {
                status = spec_take_option(c, &spec, option);
                if (status != STATUS_OK)
                        return MAX(status, STATUS_OK);
        }
        if (!options_finish(c, &options, &argc, &argv, &status))
                return status;
        status = spec_prepare(c, &spec, argv);
        if (status == STATUS_OK)
                status = spec_start(c, &spec, &id);
        if (status != STATUS_OK)
                return status;
        label = job_id_label(id);
        status = terminal_printf(c->json != JSON_OFF ? "{\"Id\":%s}\n" : "%s\n", label.text);
        if (status != STATUS_OK)
                warn("job %s was started all the same; 'jobctl stop %s' stops it", label.text, label.text);
        return status;
}
