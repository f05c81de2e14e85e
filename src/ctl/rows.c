/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "base/sanitize.h"
#include "ctl/owner.h"
#include "ctl/rows.h"
#include "ctl/table.h"
#include "ctl/text/property.h"
#include "ctl/text/timestamp.h"

const char *const *rows_properties(const Ctl *c, RowsFlags flags,
                                   const char *names[ROWS_PROPERTIES_MAX + 1]) {
        /* those that are always shown come first, those of JSON alone last */
        static const char *const all[ROWS_PROPERTIES_MAX] = {
                "Name",    "JobType", "State",          "Reason",       "HasMoreData",      "Location",
                "Command", "Owner",   "BeginTimestamp", "EndTimestamp", "CreatedTimestamp", "InstanceId",
                "Uid",     "Result",  "ExitCode",       "ExitSignal",   "ExecErrno",
        };
        size_t n = c->json != JSON_OFF  ? ROWS_PROPERTIES_MAX
                   : flags & ROWS_TIMES ? 10
                   : flags & ROWS_OWNER ? 8
                                        : 7;

        for (size_t i = 0; i < n; i++)
                names[i] = all[i];
        names[n] = NULL;
        return names;
}

static void as_json(const Job *const *jobs, size_t n_jobs, Json *j) {
        json_open(j, NULL, '[');
        for (size_t i = 0; i < n_jobs; i++) {
                json_open(j, NULL, '{');
                json_job_id(j, jobs[i]->id);
                property_json_string(j, "InstanceId", jobs[i]->uuid);
                property_json_string(j, "Name", jobs[i]->name);
                property_json_string(j, "JobType", jobs[i]->type);
                property_json_string(j, "State", jobs[i]->state);
                property_json_string(j, "Reason", jobs[i]->reason);
                property_json_string(j, "Result", jobs[i]->result);
                property_json_integer(j, "ExitCode", jobs[i]->exit_code);
                property_json_integer(j, "ExitSignal", jobs[i]->exit_signal);
                property_json_integer(j, "ExecErrno", jobs[i]->exec_errno);
                json_bool(j, "HasMoreData", jobs[i]->has_more_data);
                property_json_string(j, "Location", jobs[i]->location);
                property_json_number(j, "Owner", jobs[i]->owner);
                property_json_number(j, "Uid", jobs[i]->uid);
                property_json_number(j, "CreatedTimestamp", jobs[i]->created_usec);
                property_json_number(j, "BeginTimestamp", jobs[i]->begin_usec);
                property_json_number(j, "EndTimestamp", jobs[i]->end_usec);
                if (jobs[i]->command)
                        json_string(j, "Command", jobs[i]->command);
                else
                        json_null(j, "Command");
                json_close(j, '}');
        }
        json_close(j, ']');
        g_string_append_c(j->out, '\n');
}

static const char *time_cell(GStringChunk *cells, uint64_t usec) {
        g_autofree char *text = usec > 0 ? timestamp_format(usec) : NULL;

        return text ? g_string_chunk_insert(cells, text) : "-";
}

/* Each user is looked up once: the name service reads its files anew for each question. */
static const char *owner_cell(const Ctl *c, GHashTable *owners, GStringChunk *cells, uint32_t uid) {
        const char *known = g_hash_table_lookup(owners, GUINT_TO_POINTER(uid));

        if (!known) {
                g_autofree char *name = owner_name(c, uid);

                known = g_string_chunk_insert(cells, name);
                g_hash_table_insert(owners, GUINT_TO_POINTER(uid), (char *) known);
        }
        return known;
}

static void add_row(Table *t, const Job *job, const char *owner, RowsFlags flags, GStringChunk *cells) {
        g_autofree char *command = sanitize_command(job->command ?: "-");

        table_add(t, g_string_chunk_insert(cells, job_id_label(job->id).text), COLOUR_NONE);
        table_add(t, job->name, COLOUR_NONE);
        table_add(t, job->type, COLOUR_NONE);
        table_add(t, job->state, colour_of_state(job->state));
        table_add(t, job->has_more_data ? "true" : "false", COLOUR_NONE);
        table_add(t, job->location, COLOUR_NONE);
        table_add(t, owner, COLOUR_NONE);
        table_add(t, flags & ROWS_TIMES ? time_cell(cells, job->begin_usec) : "", COLOUR_NONE);
        table_add(t, flags & ROWS_TIMES ? time_cell(cells, job->end_usec) : "", COLOUR_NONE);
        table_add(t, g_string_chunk_insert(cells, command), COLOUR_NONE);
        table_add(t, job->reason, COLOUR_NONE);
}

static void as_table(const Ctl *c, const Job *const *jobs, size_t n_jobs, RowsFlags flags, GString *out) {
        /* the reason stands last, so that the columns before it are always the same ones */
        static const Column columns[] = {
                { .title = "ID", .right = true },
                { .title = "NAME", .cut_to = 12, .least = 8 },
                { .title = "TYPE", .drop_if_same = true },
                { .title = "STATE" },
                { .title = "HASMOREDATA" },
                { .title = "LOCATION", .cut_to = 9, .drop_if_same = true },
                { .title = "OWNER", .cut_to = 8, .only_if_used = true },
                { .title = "BEGIN", .only_if_used = true },
                { .title = "END", .only_if_used = true },
                { .title = "COMMAND", .cut_to = 16, .least = 8 },
                { .title = "REASON", .cut_to = 24, .least = 12, .only_if_used = true },
        };
        g_autoptr(GStringChunk) cells = g_string_chunk_new(4096);
        g_autoptr(GHashTable) owners = g_hash_table_new(NULL, NULL);
        g_autoptr(Table) t = table_new(columns, G_N_ELEMENTS(columns));

        for (size_t i = 0; i < n_jobs; i++)
                add_row(t, jobs[i], flags & ROWS_OWNER ? owner_cell(c, owners, cells, jobs[i]->owner) : "",
                        flags, cells);
        if (n_jobs > 0)
                table_print(t, out, flags & ROWS_TIMES ? 0 : terminal_width(STDOUT_FILENO), c->no_legend,
                            terminal_colours(STDOUT_FILENO));
}

int rows_print(Ctl *c, const Job *const *jobs, size_t n_jobs, RowsFlags flags) {
        g_autoptr(GString) out = g_string_sized_new(4096 + n_jobs * 96);

        if (c->json != JSON_OFF) {
                Json j = json_start(out, c->json == JSON_PRETTY);

                as_json(jobs, n_jobs, &j);
        } else {
                as_table(c, jobs, n_jobs, flags, out);
                if (flags & ROWS_FOOTER && !c->no_legend && !c->client.quiet)
                        g_string_append_printf(out, "%s%zu jobs listed.\n", n_jobs > 0 ? "\n" : "", n_jobs);
        }
        return flags & ROWS_PAGE ? terminal_page(c, out->str, out->len) : terminal_print(out->str, out->len);
}
