/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/bus.h"
#include "ctl/options.h"
#include "ctl/rows.h"
#include "ctl/selection.h"

static const Option option_rows[] = {
        { 'a', "all-users", NULL, "everybody's jobs" },
        { 'l', "long", NULL, "also when they began and ended; nothing is cut" },
};

static bool any_is_of_another(const GPtrArray *rows, uint32_t uid) {
        for (guint i = 0; i < rows->len; i++)
                if (((const Job *) rows->pdata[i])->owner != uid)
                        return true;
        return false;
}

static int list(Ctl *c, RowsFlags flags, const Filters *filters, char **words) {
        const char *names[ROWS_PROPERTIES_MAX + 1];
        g_auto(Selection) selection = { 0 };
        uint32_t uid;
        int status, r;

        status = bus_connect(&c->client);
        if (status == STATUS_OK)
                status = bus_own_uid(&c->client, &uid);
        if (status != STATUS_OK)
                return status;
        if (uid == 0 || filters->all_users || filters->owner)
                flags |= ROWS_OWNER;
        status = selection_fetch(c, filters, words,
                                 rows_properties(c, flags | (words[0] ? ROWS_OWNER : 0), names), &selection);
        /* who asked for what is not there has been told so */
        if (!selection.jobs || (selection.jobs->len == 0 && status != STATUS_OK && c->json == JSON_OFF))
                return status;
        /* an id may name a job of another */
        if (words[0] && any_is_of_another(selection.jobs, uid))
                flags |= ROWS_OWNER;
        r = rows_print(c, (const Job *const *) selection.jobs->pdata, selection.jobs->len, flags);
        return r != STATUS_OK ? r : status;
}

int verb_list(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        const Options options = { option_rows, G_N_ELEMENTS(option_rows), .filters = &filters };
        RowsFlags flags = ROWS_FOOTER | ROWS_PAGE;
        int option, status = STATUS_USAGE;

        while ((option = options_next(c, &options, argc, argv)) >= 0) {
                if (option == 'l')
                        flags |= ROWS_TIMES;
                else
                        filters.all_users = true;
        }
        if (option == OPTIONS_END && options_finish(c, &options, &argc, &argv, &status))
                status = list(c, flags, &filters, argv);
        return status;
}
