/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/job-id.h"
#include "base/parse.h"
#include "base/peer.h"
#include "client/away.h"
#include "client/bus.h"
#include "client/call.h"
#include "client/interrupt.h"
#include "client/jobs.h"
#include "client/report.h"
#include "ctl/events.h"
#include "ctl/options.h"
#include "ctl/selection.h"
#include "wire/names.h"

typedef struct Monitor {
        Ctl *c;
        Events events;
        Peer *jobd;
        sd_bus *bus;      /* on which it is heard */
        JobMap *wanted;   /* ids; NULL: all */
        GPtrArray *queue; /* signals to show: a callback of sd-bus may not wait for another answer */
        bool is_behind;   /* jobd was away, or we did not read: nobody has told what happened meanwhile */
        int status;
} Monitor;

static void message_unref(gpointer p) {
        sd_bus_message_unref(p);
}

static bool is_wanted(const Monitor *m, JobId id) {
        return !m->wanted || job_map_has(m->wanted, id);
}

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *error) {
        Monitor *m = userdata;

        (void) error;
        if (sd_bus_message_is_signal(message, JOBD_MANAGER_INTERFACE, "SignalsMissed") > 0)
                m->is_behind = true;
        else if (sd_bus_message_is_signal(message, JOBD_MANAGER_INTERFACE, NULL) > 0 ||
                 sd_bus_message_is_signal(message, JOBD_JOB_INTERFACE, "StateChanged") > 0)
                g_ptr_array_add(m->queue, sd_bus_message_ref(message));
        return 0;
}

static void show_signal(Monitor *m, sd_bus_message *message) {
        const char *state, *previous, *reason;
        JobId id = { 0 };

        if (sd_bus_message_is_signal(message, JOBD_JOB_INTERFACE, NULL)) {
                if (job_id_parse(JOB_ID_PATH, sd_bus_message_get_path(message), &id) >= 0 &&
                    is_wanted(m, id) && sd_bus_message_read(message, "sss", &state, &previous, &reason) >= 0)
                        events_state(&m->events, id, state, previous, reason);
        } else if (sd_bus_message_read(message, "u", &id.number) >= 0 && is_wanted(m, id)) {
                if (strcmp(sd_bus_message_get_member(message), "JobRemoved") == 0)
                        events_removed(&m->events, id);
                else
                        events_new(&m->events, id);
        }
}

static void show_queue(Monitor *m) {
        while (m->queue->len > 0) {
                g_autoptr(sd_bus_message) message = g_ptr_array_steal_index(m->queue, 0);

                show_signal(m, message);
        }
}

/* Signals of our own: those to everybody stop when anybody does not read them. Before the list, so that what
 * is newer than the list comes as a signal. */
static int subscribe(Monitor *m) {
        g_autoptr(sd_bus_message) call = NULL, reply = NULL;
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        int r;

        r = bus_new_manager_call(&m->c->client, "Subscribe", &call);
        if (r >= 0)
                r = sd_bus_message_append(call, "a{sv}", 0);
        if (r >= 0)
                r = bus_call(&m->c->client, call, &error, &reply);
        return r < 0 ? fail_call(&m->c->client, r, &error, "cannot watch jobd") : STATUS_OK;
}

static int subscribe_and_list(Monitor *m, JobList *ret) {
        static const char *const properties[] = { "Name", "State", "Reason", NULL };
        int r = subscribe(m);

        return r != STATUS_OK ? r
                              : job_list_fetch(&m->c->client, &(JobQuery){ .properties = properties }, ret);
}

/* First of all: a job that is removed can no longer be asked for its name. */
static int learn(Monitor *m) {
        g_auto(JobList) list = { 0 };
        int r = subscribe_and_list(m, &list);

        for (guint i = 0; r == STATUS_OK && i < list.jobs->len; i++) {
                const Job *job = job_list_at(&list, i);

                if (is_wanted(m, job->id))
                        events_learn(&m->events, job);
        }
        return r;
}

/* What changed meanwhile, each change once: what signals have told before the answer, the answer knows. */
static int catch_up(Monitor *m) {
        g_auto(JobList) list = { 0 };
        int r;

        show_queue(m);
        m->is_behind = false;
        r = subscribe_and_list(m, &list);
        if (r != STATUS_OK)
                return r;
        g_ptr_array_set_size(m->queue, 0);
        for (guint i = 0; i < list.jobs->len; i++)
                if (is_wanted(m, job_list_at(&list, i)->id))
                        events_difference(&m->events, job_list_at(&list, i));
        events_forget_missing(&m->events, &list);
        return STATUS_OK;
}

/* Nothing will ever happen to a job that is not there. */
static int drop_missing(Monitor *m, const GArray *ids) {
        int status = STATUS_OK;

        for (guint i = 0; m->wanted && i < ids->len; i++) {
                JobId id = g_array_index(ids, JobId, i);

                if (events_know(&m->events, id))
                        continue;
                (void) job_map_remove(m->wanted, id);
                status = fail(STATUS_NOT_FOUND, "there is no job %s", job_id_label(id).text);
        }
        return status;
}

static void on_failed(const sd_bus_error *error, void *userdata) {
        Monitor *m = userdata;

        if (m->status == STATUS_OK)
                m->status = fail(STATUS_FAILURE, "cannot watch jobd: %s", error->message);
}

static void on_owner_changed(const char *owner, void *userdata) {
        Monitor *m = userdata;

        m->is_behind = m->is_behind || owner;
}

static int listen_to_jobd(Monitor *m) {
        static const PeerHandler handler = { .changed = on_owner_changed, .failed = on_failed };
        int r;

        g_clear_pointer(&m->jobd, peer_free);
        m->bus = m->c->client.bus;
        r = peer_new(m->bus, JOBD_BUS_NAME, &handler, m, &m->jobd);
        if (r >= 0)
                r = peer_take_addressed(m->jobd, on_signal, m);
        return r < 0 ? fail(STATUS_FAILURE, "cannot watch jobd: %s", g_strerror(-r)) : STATUS_OK;
}

/* One turn: 0, or −EINTR; what else is wrong has been said. */
static int turn(Monitor *m) {
        int r;

        /* the bus was restarted, and a call has found its way to the new one */
        if (m->bus != m->c->client.bus) {
                m->status = listen_to_jobd(m);
                m->is_behind = true;
        }
        if (m->status == STATUS_OK && m->is_behind)
                m->status = catch_up(m);
        if (m->status != STATUS_OK || m->bus != m->c->client.bus)
                return 0;
        show_queue(m);
        /* Showing asks for names: while such an answer was waited for, jobd may have been restarted. The new
         * one says nothing to us before we have subscribed there, so there is nothing to sleep for. */
        if (m->is_behind || m->bus != m->c->client.bus)
                return 0;
        r = bus_turn(&m->c->client, UINT64_MAX);
        if (r >= 0 || r == -EINTR)
                return MIN(r, 0);
        r = away_wait(&m->c->client);
        if (r == -EHOSTDOWN)
                m->status = fail(STATUS_AWAY,
                                 "the connection to the bus was lost, and there is no other one");
        return r == -EINTR ? r : 0;
}

static int watch(Monitor *m, const GArray *ids) {
        int missing, r;

        r = listen_to_jobd(m);
        if (r == STATUS_OK)
                r = learn(m);
        if (r != STATUS_OK)
                return r;
        missing = drop_missing(m, ids);
        if (m->wanted && g_hash_table_size(m->wanted) == 0)
                return missing;
        while (m->status == STATUS_OK && m->events.status == STATUS_OK)
                if (turn(m) == -EINTR) /* the usual end of it */
                        return missing;
        return MAX(missing, MAX(m->status, m->events.status));
}

int verb_monitor(Ctl *c, int argc, char **argv) {
        g_autoptr(JobMap) wanted = job_map_new(NULL);
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(JobId));
        g_autoptr(GPtrArray) queue = g_ptr_array_new_with_free_func(message_unref);
        Monitor m = { .c = c, .queue = queue };
        int status, r;

        if (!options_none(c, NULL, &argc, &argv, &status))
                return status;
        status = argc > 0 ? selection_ids(c, &(Filters){ 0 }, argv, ids) : bus_connect(&c->client);
        if (!c->client.bus || (argc > 0 && ids->len == 0))
                return status;
        for (guint i = 0; i < ids->len; i++)
                (void) job_map_add(wanted, g_array_index(ids, JobId, i));
        m.wanted = argc > 0 ? wanted : NULL;
        m.events = events_init(c);
        interrupt_catch();
        r = watch(&m, ids);
        g_clear_pointer(&m.jobd, peer_free);
        events_done(&m.events);
        return MAX(status, r);
}
