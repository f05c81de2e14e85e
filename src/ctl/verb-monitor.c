/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/names.h"
#include "base/parse.h"
#include "base/peer.h"
#include "ctl/bus.h"
#include "ctl/interrupt.h"
#include "ctl/json.h"
#include "ctl/options.h"
#include "ctl/report.h"
#include "ctl/sanitize.h"
#include "ctl/select.h"
#include "ctl/terminal.h"
#include "ctl/timestamp.h"

typedef struct Monitor {
        Ctl *c;
        GHashTable *wanted; /* ids; NULL: all */
        GHashTable *names;  /* id → name */
        GPtrArray *queue;   /* signals to show: a callback of sd-bus may not wait for another answer */
        int status;
} Monitor;

static void print_line(Monitor *m, GString *out) {
        g_string_append_c(out, '\n');
        if (m->status == STATUS_OK)
                m->status = terminal_print(out->str, out->len);
}

static void print_text(Monitor *m, uint32_t id, const char *event, const char *name, const char *reason) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *time = timestamp_format(timestamp_now()), *safe_name = sanitize(name);
        g_autofree char *safe_event = sanitize(event), *safe_reason = sanitize(reason);

        g_string_append_printf(out, "%s %u %s %s%s%s", time, id, safe_name[0] ? safe_name : "-", safe_event,
                               safe_reason[0] ? ": " : "", safe_reason);
        print_line(m, out);
}

static void print_json(Monitor *m, uint32_t id, const char *event, const char *name, const char *state,
                       const char *previous, const char *reason) {
        g_autoptr(GString) out = g_string_new(NULL);
        Json j = json_start(out, m->c->json == JSON_PRETTY);

        json_open(&j, NULL, '{');
        json_u64(&j, "Time", timestamp_now());
        json_string(&j, "Event", event);
        json_u64(&j, "Id", id);
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
        print_line(m, out);
}

static bool is_wanted(const Monitor *m, uint32_t id) {
        return !m->wanted || g_hash_table_contains(m->wanted, GUINT_TO_POINTER(id));
}

/* The name of a job that may be new; names do not change. */
static const char *name_of(Monitor *m, uint32_t id) {
        const char *known = g_hash_table_lookup(m->names, GUINT_TO_POINTER(id));
        g_autoptr(sd_bus_message) reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        Job job;

        if (known)
                return known;
        if (job_fetch(m->c, id, &job, &reply, &error) < 0)
                return "";
        (void) g_hash_table_insert(m->names, GUINT_TO_POINTER(id), g_strdup(job.name));
        return g_hash_table_lookup(m->names, GUINT_TO_POINTER(id));
}

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Monitor *m = userdata;

        (void) error;
        g_ptr_array_add(m->queue, sd_bus_message_ref(message));
        return 0;
}

static void show_state(Monitor *m, sd_bus_message *message) {
        const char *state, *previous, *reason;
        uint32_t id;

        if (parse_job_path(sd_bus_message_get_path(message), &id) < 0 || !is_wanted(m, id) ||
            sd_bus_message_read(message, "sss", &state, &previous, &reason) < 0)
                return;
        if (m->c->json != JSON_OFF)
                print_json(m, id, "StateChanged", name_of(m, id), state, previous, reason);
        else
                print_text(m, id, state, name_of(m, id), reason);
}

static void show_new_or_removed(Monitor *m, sd_bus_message *message) {
        const char *member = sd_bus_message_get_member(message);
        bool removed = strcmp(member, "JobRemoved") == 0;
        const char *name;
        uint32_t id;

        if (sd_bus_message_read(message, "u", &id) < 0 || !is_wanted(m, id))
                return;
        name = removed ? g_hash_table_lookup(m->names, GUINT_TO_POINTER(id)) : name_of(m, id);
        if (m->c->json != JSON_OFF)
                print_json(m, id, member, name ?: "", NULL, NULL, NULL);
        else
                print_text(m, id, removed ? "removed" : "new", name ?: "", "");
        if (removed)
                (void) g_hash_table_remove(m->names, GUINT_TO_POINTER(id));
}

static void show_queue(Monitor *m) {
        while (m->queue->len > 0) {
                g_autoptr(sd_bus_message) message = g_ptr_array_steal_index(m->queue, 0);

                if (sd_bus_message_is_signal(message, JOBD_JOB_INTERFACE, NULL))
                        show_state(m, message);
                else
                        show_new_or_removed(m, message);
        }
}

/* Names first: a job that is removed can no longer be asked for its own. */
static int learn_names(Monitor *m) {
        static const char *const properties[] = { "Name", NULL };
        g_auto(JobList) list = { 0 };
        int r;

        r = job_list_fetch(m->c, &(JobQuery){ .properties = properties }, &list);
        if (r != STATUS_OK)
                return r;
        for (guint i = 0; i < list.jobs->len; i++) {
                const Job *job = job_list_at(&list, i);

                if (is_wanted(m, job->id))
                        (void) g_hash_table_insert(m->names, GUINT_TO_POINTER(job->id), g_strdup(job->name));
        }
        return STATUS_OK;
}

/* Nothing will ever happen to a job that is not there. */
static int drop_missing(Monitor *m, const GArray *ids) {
        int status = STATUS_OK;

        for (guint i = 0; m->wanted && i < ids->len; i++) {
                uint32_t id = g_array_index(ids, uint32_t, i);

                if (g_hash_table_contains(m->names, GUINT_TO_POINTER(id)))
                        continue;
                (void) g_hash_table_remove(m->wanted, GUINT_TO_POINTER(id));
                status = fail(STATUS_NOT_FOUND, "there is no job %u", id);
        }
        return status;
}

static void on_failed(const sd_bus_error *error, void *userdata) {
        Monitor *m = userdata;

        if (m->status == STATUS_OK)
                m->status = fail(STATUS_FAILURE, "cannot watch jobd: %s", error->message);
}

static int watch(Monitor *m, const GArray *ids) {
        static const PeerHandler handler = { .failed = on_failed };
        g_autoptr(Peer) jobd = NULL;
        int missing, r;

        r = peer_new(m->c->bus, JOBD_BUS_NAME, &handler, m, &jobd);
        if (r >= 0)
                r = peer_watch(jobd, "interface='" JOBD_JOB_INTERFACE "',member='StateChanged'", on_signal,
                               m);
        if (r >= 0)
                r = peer_watch(jobd, "interface='" JOBD_MANAGER_INTERFACE "',path='" JOBD_MANAGER_PATH "'",
                               on_signal, m);
        if (r < 0)
                return fail(STATUS_FAILURE, "cannot watch jobd: %s", g_strerror(-r));
        r = learn_names(m);
        if (r != STATUS_OK)
                return r;
        missing = drop_missing(m, ids);
        if (m->wanted && g_hash_table_size(m->wanted) == 0)
                return missing;
        while (m->status == STATUS_OK) {
                int k;

                show_queue(m);
                k = bus_turn(m->c, UINT64_MAX);
                if (k == -EINTR) /* the usual end of it */
                        return missing;
                if (k < 0)
                        return fail(STATUS_FAILURE, "the connection to the bus was lost: %s",
                                    g_strerror(-k));
        }
        return MAX(missing, m->status);
}

int verb_monitor(Ctl *c, int argc, char **argv) {
        g_autoptr(GHashTable) wanted = g_hash_table_new(NULL, NULL);
        g_autoptr(GHashTable) names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_autoptr(GPtrArray) queue = g_ptr_array_new();
        Monitor m = { .c = c, .names = names, .queue = queue };
        int status, r;

        if (!options_none(c, &argc, &argv, &status))
                return status;
        status = argc > 0 ? select_jobs(c, argv, ids) : bus_connect(c);
        if (!c->bus || (argc > 0 && ids->len == 0))
                return status;
        for (guint i = 0; i < ids->len; i++)
                (void) g_hash_table_add(wanted, GUINT_TO_POINTER(g_array_index(ids, uint32_t, i)));
        m.wanted = argc > 0 ? wanted : NULL;
        interrupt_catch();
        r = watch(&m, ids);
        return MAX(status, r);
}
