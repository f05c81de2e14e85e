/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/sanitize.h"
#include "client/report.h"
#include "ctl/life.h"
#include "ctl/terminal.h"
#include "ctl/text/timestamp.h"

Life life_init(const Ctl *c) {
        const char *term = getenv("TERM");

        return (Life){ .on = !c->client.quiet && isatty(STDERR_FILENO) && term &&
                             strcmp(term, "dumb") != 0 };
}

uint64_t life_tick(const Life *life) {
        return life->on ? LIFE_TICK_USEC : UINT64_MAX;
}

void life_show(const Life *life, const char *text) {
        g_autofree char *safe = sanitize(text), *fitting = NULL;
        size_t width = terminal_width(STDERR_FILENO);

        /* it would take the place of the output's own line */
        if (!life->on || width < 2 || report_is_in_line())
                return;
        /* the last column stays free: many terminals go to the next line there */
        fitting = text_ellipsize(safe, width - 1);
        report_show_line(fitting);
}

char *life_of_job(const Job *job) {
        uint64_t now = timestamp_now(), until = job->end_usec ?: now;
        g_autofree char *label = job_label(job), *bytes = format_size_short(job->output_bytes),
                        *running = NULL;

        if (job->begin_usec > 0 && until >= job->begin_usec)
                running = format_timespan_short((until - job->begin_usec) / 1000000 * 1000000);
        return g_strdup_printf("job %s: %s%s%s, %s of output", label, job->state, running ? ", " : "",
                               running ?: "", bytes);
}

void life_show_job(void *userdata) {
        LifeOfJob *l = userdata;
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        g_autofree char *text = NULL;
        Job job;

        if (job_fetch(l->client, l->job, &job, &reply, &error) < 0)
                return;
        text = life_of_job(&job);
        life_show(&l->life, text);
}
