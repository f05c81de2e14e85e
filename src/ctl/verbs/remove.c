/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/jobs.h"
#include "client/report.h"
#include "ctl/act.h"
#include "ctl/options.h"
#include "ctl/select.h"
#include "ctl/selection.h"

enum {
        OPTION_FORCE = OPTION_BASE,
        OPTION_DRY_RUN,
};

static const Option option_rows[] = {
        { OPTION_FORCE, "force", NULL, "stop those that run" },
        { OPTION_DRY_RUN, "dry-run", NULL, "only say which" },
};

static int append(sd_bus_message *m, const void *arguments) {
        const bool *force = arguments;

        return append_flag(m, "Force", *force, !*force);
}

/* All are looked at before any is touched: one that runs keeps all of them. */
static int check_finished(Ctl *c, const GArray *ids) {
        static const char *const properties[] = { "Name", "State", NULL };
        g_auto(JobList) list = { 0 };
        int status;

        status = job_list_fetch(&c->client, &(JobQuery){ .properties = properties, .ids = ids }, &list);
        for (guint i = 0; i < ids->len && list.jobs; i++) {
                const Job *job = job_list_find(&list, g_array_index(ids, JobId, i));
                g_autofree char *label = NULL;

                /* what does not exist does not keep the others: its removal says so */
                if (!job || job_is_finished(job))
                        continue;
                label = job_label(job);
                status = fail(STATUS_FAILURE,
                              "cannot remove job %s: it has not finished (%s); stop it first, or use "
                              "--force",
                              label, job->state);
        }
        if (status != STATUS_OK && ids->len > 1)
                warn("no job was removed");
        return status;
}

int verb_remove(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        bool force = false, dry_run = false;
        Action action = {
                .what = "remove job",
                .done = "removed",
                .member = "Remove",
                .append = append,
                .arguments = &force,
                .finished = true,
        };
        int option, status = STATUS_USAGE, r;

        while ((option = options_next(c, &options, argc, argv)) >= 0) {
                if (option == OPTION_FORCE)
                        force = true;
                else
                        dry_run = true;
        }
        if (option != OPTIONS_END || !options_finish(c, &options, &argc, &argv, &status))
                return status;

        status = selection_ids(c, &filters, argv, ids);
        if (!c->client.bus)
                return status;
        if (!force) {
                r = check_finished(c, ids);
                if (r != STATUS_OK)
                        return r;
        }
        r = dry_run ? act_dry_run(c, &action, ids) : act_on_jobs(c, &action, ids);
        return MAX(status, r);
}
