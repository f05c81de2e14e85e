/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/overview.h"
#include "base/state.h"
#include "client/bus.h"
#include "ctl/rows.h"
#include "ctl/selection.h"
#include "ctl/terminal.h"

#define NEWEST 10U

/* "3 jobs: 1 Running, 2 Failed; 1 has finished with output to receive" */
static void append_counts(GString *out, const GPtrArray *jobs) {
        guint n[_JOB_STATE_MAX] = { 0 }, n_unread = 0;
        const char *between = ": ";

        for (guint i = 0; i < jobs->len; i++) {
                const Job *job = jobs->pdata[i];
                JobState state = job_state_from_string(job->state);

                if (state >= 0)
                        n[state]++;
                n_unread += job_is_finished(job) && job->has_more_data;
        }
        g_string_append_printf(out, "%u job%s", jobs->len, jobs->len == 1 ? "" : "s");
        for (JobState state = 0; state < _JOB_STATE_MAX; state++)
                if (n[state] > 0) {
                        g_string_append_printf(out, "%s%u %s", between, n[state],
                                               job_state_to_string(state));
                        between = ", ";
                }
        if (n_unread > 0)
                g_string_append_printf(out, "; %u %s finished with output to receive", n_unread,
                                       n_unread == 1 ? "has" : "have");
        g_string_append(out, jobs->len > 0 ? "\n\n" : "\n");
}

int overview_print(Ctl *c) {
        const Filters newest = { .is_newest_given = true, .newest = NEWEST };
        const char *names[ROWS_PROPERTIES_MAX + 1];
        g_autoptr(GString) counts = g_string_new(NULL);
        g_auto(Selection) all = { 0 };
        char *no_words[] = { NULL };
        RowsFlags flags = 0;
        uint32_t uid;
        int status;

        status = bus_connect(&c->client);
        if (status == STATUS_OK)
                status = bus_own_uid(&c->client, &uid);
        if (status != STATUS_OK)
                return status;
        if (uid == 0)
                flags |= ROWS_OWNER;
        /* the times say which are the newest */
        status = selection_fetch(c, &(Filters){ 0 }, no_words, rows_properties(c, flags | ROWS_TIMES, names),
                                 &all);
        if (status != STATUS_OK)
                return status;
        if (c->json == JSON_OFF) {
                append_counts(counts, all.jobs);
                filters_apply(&newest, all.jobs);
                status = terminal_print(counts->str, counts->len);
        }
        if (status == STATUS_OK)
                status = rows_print(c, (const Job *const *) all.jobs->pdata, all.jobs->len, flags);
        return status;
}
