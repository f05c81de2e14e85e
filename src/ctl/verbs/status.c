/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "base/sanitize.h"
#include "client/details.h"
#include "client/jobs.h"
#include "client/report.h"
#include "ctl/limits.h"
#include "ctl/options.h"
#include "ctl/overview.h"
#include "ctl/owner.h"
#include "ctl/selection.h"
#include "ctl/tail.h"
#include "ctl/terminal.h"
#include "ctl/text/details.h"
#include "ctl/text/timestamp.h"
#include "ctl/verbs/show.h"

#define TAIL_LINES 10U

/* What the page shows beside the public properties; empty where it is private. */
typedef struct Private {
        GString *command, *directory, *scratch;
        Limits limits;
        uint64_t unread, begin, end;
} Private;

static int visit_private(const char *name, sd_bus_message *m, void *userdata) {
        Private *p = userdata;
        int r = limits_take(&p->limits, name, m);

        if (r != 0)
                return r;
        if (strcmp(name, "Command") == 0)
                return details_value_text(name, m, p->command);
        if (strcmp(name, "WorkingDirectory") == 0)
                return details_value_text(name, m, p->directory);
        if (strcmp(name, "UnreadBytes") == 0)
                return sd_bus_message_read(m, "v", "t", &p->unread);
        if (strcmp(name, "OutputBegin") == 0)
                return sd_bus_message_read(m, "v", "t", &p->begin);
        if (strcmp(name, "OutputEnd") == 0)
                return sd_bus_message_read(m, "v", "t", &p->end);
        return sd_bus_message_skip(m, "v");
}

static void safe_line(GString *out, const char *title, const char *safe) {
        if (safe[0])
                g_string_append_printf(out, "%10s: %s\n", title, safe);
}

static void line(GString *out, const char *title, const char *text) {
        g_autofree char *safe = sanitize(text);

        safe_line(out, title, safe);
}

static void head(GString *out, const Job *job, bool colours) {
        Colour colour = colour_of_state(job->state);
        g_autofree char *label = job_label(job), *safe = sanitize(label), *reason = sanitize(job->reason);
        g_autofree char *state = sanitize(job->state), *since = NULL, *ago = NULL;
        const char *on = colours ? colour_begin(colour) : "",
                   *off = colours && colour != COLOUR_NONE ? COLOUR_END : "";
        uint64_t changed = job->end_usec ?: job->begin_usec;

        g_string_append_printf(out, "%s%s%s job %s\n", on, g_get_charset(NULL) ? "●" : "*", off, safe);
        g_string_append_printf(out, "%10s: %s%s%s%s%s%s", "State", on, state, off, reason[0] ? " (" : "",
                               reason, reason[0] ? ")" : "");
        if (changed > 0) {
                since = timestamp_format(changed);
                ago = timestamp_format_ago(changed, timestamp_now());
                g_string_append_printf(out, " since %s; %s", since, ago);
        }
        g_string_append_c(out, '\n');
}

static void times(GString *out, const Job *job) {
        g_autofree char *begin = NULL, *span = NULL, *text = NULL;

        if (job->begin_usec == 0 || job->end_usec < job->begin_usec)
                return;
        begin = timestamp_format(job->begin_usec);
        span = format_timespan_short(job->end_usec - job->begin_usec);
        text = g_strdup_printf("%s; ran %s", begin, span);
        line(out, "Started", text);
}

static void user(const Ctl *c, GString *out, const Job *job) {
        g_autofree char *owner = owner_text(c, job->owner), *uid = owner_text(c, job->uid);
        g_autofree char *both = g_strdup_printf("%s, runs as %s", owner, uid);

        line(out, job->owner == job->uid ? "User" : "Owner", job->owner == job->uid ? owner : both);
}

static void limits(GString *out, const Limits *l) {
        g_autofree char *both = g_strdup_printf("%s; boxed: %s", l->limits->str, l->boxes->str);
        g_autofree char *not_held =
                        l->not_enforced->len == 0
                                        ? g_strdup("")
                                        : g_strdup_printf("%s: no controller for that on its machine",
                                                          l->not_enforced->str);

        if (l->limits->len > 0)
                line(out, "Limits", l->boxes->len > 0 ? both : l->limits->str);
        else
                line(out, "Boxed", l->boxes->str);
        line(out, "Not held", not_held);
}

static void output(GString *out, const Job *job, const Private *p) {
        g_autofree char *all = format_size_short(job->output_bytes), *text = NULL;

        text = g_strdup_printf("%s%s", all, job->has_more_data && p->unread > 0 ? ", not all received" : "");
        line(out, "Output", text);
        if (job->output_dropped > 0) {
                g_autofree char *dropped = g_strdup_printf(
                                "%" G_GUINT64_FORMAT " bytes of output, unreceived", job->output_dropped);

                line(out, "Dropped", dropped);
        }
        if (job->output_lost > 0) {
                g_autofree char *lost = g_strdup_printf("%" G_GUINT64_FORMAT " bytes of output",
                                                        job->output_lost);

                line(out, "Lost", lost);
        }
}

static void resources(GString *out, const Job *job) {
        if (job->cpu_nsec != UINT64_MAX) {
                g_autofree char *cpu = format_timespan_short(job->cpu_nsec / 1000);

                line(out, "CPU", cpu);
        }
        if (job->memory_peak != UINT64_MAX) {
                g_autofree char *memory = format_size_short(job->memory_peak),
                                *text = g_strdup_printf("%s at most", memory);

                line(out, "Memory", text);
        }
}

static void page(Ctl *c, GString *out, const Job *job, const Private *p) {
        g_autofree char *command = sanitize_command(p->command->str);
        size_t before;

        head(out, job, terminal_colours(STDOUT_FILENO));
        safe_line(out, "Command", command);
        line(out, "Directory", p->directory->str);
        line(out, "Unit", job->unit);
        user(c, out, job);
        limits(out, &p->limits);
        times(out, job);
        line(out, "Status", job->status_message);
        output(out, job, p);
        resources(out, job);
        g_string_append_c(out, '\n');
        before = out->len;
        tail_append(c, job->id, p->begin, p->end, TAIL_LINES, "", terminal_width(STDOUT_FILENO), out);
        if (out->len == before)
                g_string_truncate(out, before - 1);
}

static int status_of(Ctl *c, JobId id, GString *out) {
        g_autoptr(GString) command = g_string_new(NULL), directory = g_string_new(NULL),
                           scratch = g_string_new(NULL);
        g_auto(Limits) found = limits_new();
        Private p = { .command = command, .directory = directory, .scratch = scratch, .limits = found };
        g_auto(Details) details = { 0 };
        Job job;
        int r;

        r = details_fetch(&c->client, id, &details);
        if (r != STATUS_OK)
                return r;
        r = job_fetch_read(details.properties, id, &job);
        if (r >= 0 && details.details)
                r = details_visit(&(Details){ .properties = details.details }, visit_private, &p);
        if (r < 0)
                return fail(STATUS_FAILURE, "cannot read what jobd says of job %s: %s",
                            job_id_label(id).text, g_strerror(-r));
        if (out->len > 0)
                g_string_append_c(out, '\n');
        page(c, out, &job, &p);
        return STATUS_OK;
}

static int status_of_jobs(Ctl *c, const GArray *ids) {
        g_autoptr(GString) out = g_string_new(NULL);
        int status = STATUS_OK, r;

        for (guint i = 0; i < ids->len; i++) {
                r = status_of(c, g_array_index(ids, JobId, i), out);
                status = MAX(status, r);
        }
        r = terminal_page(c, out->str, out->len);
        return r != STATUS_OK ? r : status;
}

int verb_status(Ctl *c, int argc, char **argv) {
        g_auto(Filters) filters = { 0 };
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        int status, r;

        if (!options_none(c, &filters, &argc, &argv, &status))
                return status;
        if (!argv[0] && !filters_any(&filters))
                return overview_print(c);
        status = selection_ids(c, &filters, argv, ids);
        if (!c->client.bus)
                return status;
        r = c->json != JSON_OFF ? show_jobs(c, ids) : status_of_jobs(c, ids);
        return MAX(status, r);
}
