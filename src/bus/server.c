/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "bus/internal.h"

static int find_job(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                    sd_bus_error *error) {
        int r;

        if (strcmp(path, JOBD_JOB_PATH_PREFIX) == 0)
                return 0; /* the node above all jobs: introspection lists them */
        r = bus_find_job(userdata, path, (Job **) ret_found, error);
        return r < 0 ? r : 1;
}

static int enumerate_jobs(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes,
                          sd_bus_error *error) {
        BusServer *server = userdata;
        guint n = server->jobs->table->jobs->len;
        char **nodes = calloc(n + 1, sizeof(char *));

        if (!nodes)
                return -ENOMEM;
        for (guint i = 0; i < n; i++) {
                nodes[i] = strdup(job_id_path(job_table_at(server->jobs->table, i)->id).text);
                if (!nodes[i])
                        g_error("Out of memory");
        }
        *ret_nodes = nodes;
        return 0;
}

static void on_gone(const char *name, void *userdata) {
        BusServer *server = userdata;

        authz_drop_client(server->authz, name);
        lease_drop_client(server->leases, name); /* its tickets are calls that wait */
        bus_calls_drop_client(server->calls, name);
        backlog_drop_client(server->backlog, name);
        subscribers_drop_client(server->subscribers, name);
        unread_drop_client(server->unread, name);
        receipts_drop_client(server->receipts, name);
}

static void on_known(const char *name, bool known, void *userdata) {
        BusServer *server = userdata;

        backlog_know_client(server->backlog, name, known);
}

/* Somebody has read more than was thought. */
static void on_settled(void *userdata) {
        BusServer *server = userdata;

        backlog_look_again(server->backlog);
        subscribers_settled(server->subscribers);
}

static const UnreadEvents unread_events = { .settled = on_settled, .may_signal = bus_tell_unheard };
static const CallerEvents caller_events = { .known = on_known, .gone = on_gone };

static void on_granted(void *ticket, JobId id, void *userdata) {
        BusServer *server = userdata;
        const Job *job = job_table_find(server->jobs->table, id);
        Pending *pending = ticket;

        (void) sd_bus_reply_method_return(pending->call->message, "t", job ? job->output.begin : 0);
        pending_end(pending);
}

/* A filter, before all handlers. */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        BusServer *server = userdata;
        int r;

        receipts_look_at(server->receipts, m);
        r = backlog_filter(server->backlog, m, error);
        return r != 0 ? r : bus_begin_call(server, m, error);
}

int bus_server_new(sd_bus *bus, Jobs *jobs, BusReloadFunc reload, void *userdata, BusServer **ret) {
        g_autoptr(BusServer) server = g_new0(BusServer, 1);
        int r;

        server->bus = sd_bus_ref(bus);
        server->jobs = jobs;
        server->reload = reload;
        server->userdata = userdata;
        server->changed = job_map_new(NULL);
        server->invalidated = job_map_new(NULL);
        server->unheard = job_map_new(NULL);
        server->authz = authz_new(sd_bus_get_event(bus), &bus_authz_events, server);
        server->calls = bus_calls_new();
        server->pending = pending_set_new(sd_bus_get_event(bus), server->calls, server);
        server->unread = unread_new(bus, &unread_events, server);
        server->subscribers = subscribers_new(bus, server->unread);
        server->receipts = receipts_new(bus, bus_receive_settled, server);
        server->leases = lease_table_new(on_granted, server);
        r = caller_cache_new(bus, &caller_events, server, &server->callers);
        if (r >= 0)
                r = backlog_new(server, &server->backlog);
        if (r >= 0)
                r = sd_bus_add_filter(bus, &server->filter_slot, on_message, server);
        if (r >= 0)
                r = sd_bus_add_object_vtable(bus, &server->manager_slot, JOBD_MANAGER_PATH,
                                             JOBD_MANAGER_INTERFACE, bus_manager_vtable, server);
        if (r >= 0)
                r = sd_bus_add_fallback_vtable(bus, &server->job_slot, JOBD_JOB_PATH_PREFIX,
                                               JOBD_JOB_INTERFACE, bus_job_vtable, find_job, server);
        if (r >= 0)
                r = sd_bus_add_node_enumerator(bus, &server->enumerator_slot, JOBD_JOB_PATH_PREFIX,
                                               enumerate_jobs, server);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&server);
        return 0;
}

void bus_server_free(BusServer *server) {
        g_clear_pointer(&server->flush, sd_event_source_disable_unref);
        g_clear_pointer(&server->flush_later, sd_event_source_disable_unref);
        sd_bus_slot_unref(server->filter_slot);
        sd_bus_slot_unref(server->manager_slot);
        sd_bus_slot_unref(server->job_slot);
        sd_bus_slot_unref(server->enumerator_slot);
        g_clear_pointer(&server->subscribers, subscribers_free);
        g_clear_pointer(&server->receipts, receipts_free);
        g_clear_pointer(&server->backlog, backlog_free);
        g_clear_pointer(&server->unread, unread_free);
        g_clear_pointer(&server->callers, caller_cache_free);
        g_clear_pointer(&server->authz, authz_free);
        g_clear_pointer(&server->pending, pending_set_free);
        g_clear_pointer(&server->calls, bus_calls_free);
        g_clear_pointer(&server->leases, lease_table_free);
        g_hash_table_unref(server->changed);
        g_hash_table_unref(server->invalidated);
        g_hash_table_unref(server->unheard);
        g_clear_pointer(&server->removals, g_array_unref);
        g_clear_pointer(&server->events, g_array_unref);
        sd_bus_unref(server->bus);
        g_free(server);
}

void bus_server_set_limits(BusServer *server, const BusLimits *limits) {
        pending_set_limits(server->pending, limits->waiting_max, limits->user_waiting_max);
        authz_set_limits(server->authz, &limits->questions);
}
