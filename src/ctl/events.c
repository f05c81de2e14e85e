/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/json.h"
#include "base/sanitize.h"
#include "base/state.h"
#include "ctl/events.h"
#include "ctl/select.h"
#include "ctl/terminal.h"
#include "ctl/text/timestamp.h"

/* What was last shown or learnt of a job. */
typedef struct Known {
        char *name, *state;
} Known;

static void known_free(gpointer p) {
        Known *known = p;

        g_free(known->name);
        g_free(known->state);
        g_free(known);
}

static Known *find(const Events *e, JobId id) {
        return job_map_get(e->known, id);
}

static Known *remember(Events *e, JobId id, const char *name, const char *state) {
        Known *known = g_new(Known, 1);

        *known = (Known){ .name = g_strdup(name), .state = g_strdup(state) };
        (void) job_map_set(e->known, id, known);
        return known;
}

static void print_line(Events *e, GString *out) {
        g_string_append_c(out, '\n');
        if (e->status == STATUS_OK)
                e->status = terminal_print(out->str, out->len);
}

static void print_text(Events *e, JobId id, const char *event, const char *name, const char *reason) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *time = timestamp_format(timestamp_now()), *safe_name = sanitize(name);
        g_autofree char *safe_event = sanitize(event), *safe_reason = sanitize(reason);

        g_string_append_printf(out, "%s %s %s %s%s%s", time, job_id_label(id).text,
                               safe_name[0] ? safe_name : "-", safe_event, safe_reason[0] ? ": " : "",
                               safe_reason);
        print_line(e, out);
}

static void print_json(Events *e, JobId id, const char *event, const char *name, const char *state,
                       const char *previous, const char *reason) {
        g_autoptr(GString) out = g_string_new(NULL);
        Json j = json_start(out, e->c->json == JSON_PRETTY);

        json_open(&j, NULL, '{');
        json_u64(&j, "Time", timestamp_now());
        json_string(&j, "Event", event);
        json_job_id(&j, id);
        if (name[0])
                json_string(&j, "Name", name);
        else
                json_null(&j, "Name");
        if (state) {
                json_string(&j, "State", state);
                json_string(&j, "Previous", previous);
                json_string(&j, "Reason", reason);
        }
        json_close(&j, '}');
        print_line(e, out);
}

/* A job that may be new to us: a name does not change. */
static Known *know(Events *e, JobId id) {
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        Known *known = find(e, id);
        Job job;

        if (known)
                return known;
        if (job_fetch(&e->c->client, id, &job, &reply, &error) < 0)
                return remember(e, id, "", job_state_to_string(JOB_NOT_STARTED));
        return remember(e, id, job.name, job_state_to_string(JOB_NOT_STARTED));
}

static void show_new(Events *e, JobId id, const Known *known) {
        if (e->c->json != JSON_OFF)
                print_json(e, id, "JobNew", known->name, NULL, NULL, NULL);
        else
                print_text(e, id, "new", known->name, "");
}

static void show_state(Events *e, JobId id, Known *known, const char *state, const char *previous,
                       const char *reason) {
        if (e->c->json != JSON_OFF)
                print_json(e, id, "StateChanged", known->name, state, previous, reason);
        else
                print_text(e, id, state, known->name, reason);
        g_free(known->state);
        known->state = g_strdup(state);
}

void events_new(Events *e, JobId id) {
        if (!find(e, id))
                show_new(e, id, know(e, id));
}

void events_state(Events *e, JobId id, const char *state, const char *previous, const char *reason) {
        Known *known = find(e, id);

        if (!known) { /* a jobd that was killed has not told of it */
                known = know(e, id);
                show_new(e, id, known);
        } else if (strcmp(known->state, previous) != 0)
                return;
        show_state(e, id, known, state, previous, reason);
}

static void show_removed(Events *e, JobId id) {
        const char *name = find(e, id)->name;

        if (e->c->json != JSON_OFF)
                print_json(e, id, "JobRemoved", name, NULL, NULL, NULL);
        else
                print_text(e, id, "removed", name, "");
        (void) job_map_remove(e->known, id);
}

void events_removed(Events *e, JobId id) {
        if (find(e, id))
                show_removed(e, id);
}

void events_difference(Events *e, const Job *job) {
        Known *known = find(e, job->id);

        if (!known) {
                known = remember(e, job->id, job->name, job_state_to_string(JOB_NOT_STARTED));
                show_new(e, job->id, known);
        }
        if (strcmp(known->state, job->state) != 0) {
                g_autofree char *previous = g_strdup(known->state);

                show_state(e, job->id, known, job->state, previous, job->reason);
        }
}

Events events_init(Ctl *c) {
        return (Events){ .c = c, .known = job_map_new(known_free) };
}

void events_done(Events *e) {
        g_hash_table_unref(e->known);
}

void events_learn(Events *e, const Job *job) {
        (void) remember(e, job->id, job->name, job->state);
}

bool events_know(const Events *e, JobId id) {
        return find(e, id);
}

void events_forget_missing(Events *e, const JobList *list) {
        guint n;
        g_autofree gpointer *ids = g_hash_table_get_keys_as_array(e->known, &n);

        for (guint i = 0; i < n; i++)
                if (!job_list_find(list, job_map_key(ids[i])))
                        show_removed(e, job_map_key(ids[i]));
}
