/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/report.h"
#include "ctl/spec/items.h"
#include "ctl/spec/spec.h"
#include "ctl/terminal.h"

int verb_start(Ctl *c, int argc, char **argv) {
        g_autoptr(GArray) all = spec_rows_new(&items_options);
        Options options = spec_options(all);
        g_auto(Spec) spec = { .input_fd = -1 };
        g_auto(Items) items = { 0 };
        JobIdText label;
        JobId id;
        int option, status;

        spec_init(&spec);
        items_init(&items);
        while ((option = options_next(c, &options, argc, argv)) != OPTIONS_END) {
                status = items_has_option(option) ? items_take_option(c, &items, option)
                                                  : spec_take_option(c, &spec, option);
                if (status != STATUS_OK)
                        return MAX(status, STATUS_OK);
        }
        if (!options_finish(c, &options, &argc, &argv, &status))
                return status;
        spec.parallel = items.parallel;
        status = items_apply(c, &items, argv, &spec.tasks);
        if (status == STATUS_OK)
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
