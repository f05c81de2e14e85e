/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "bus/internal.h"

/*
 * Signals. Property changes are gathered over one turn of the loop and go out as one PropertiesChanged a job; JobNew,
 * JobRemoved and StateChanged go out at once, in order. That there is more output can wait a little: a job that prints
 * without a pause would be worth a thousand signals a second.
 */

#define OUTPUT_SIGNAL_USEC UINT64_C(100000)

/* False: nobody can be told now. */
static bool emit_job_properties(BusServer *server, uint32_t id, JobChange what) {
        char path[JOB_PATH_MAX], *names[32];
        size_t n = 0;

        for (size_t i = 0; i < n_job_properties && n < G_N_ELEMENTS(names) - 1; i++)
                if (job_properties[i].changes_with & what)
                        names[n++] = (char *) job_properties[i].name;
        names[n] = NULL;
        if (!audience_listens(server->audience, what == JOB_CHANGE_OUTPUT))
                return false;
        (void) sd_bus_emit_properties_changed_strv(server->bus, bus_job_path(id, path), JOBD_JOB_INTERFACE,
                                                   names);
        return true;
}

typedef struct Removal {
        uint32_t id;
        uid_t by;
} Removal;

static void remove_job(BusServer *server, uint32_t id, uid_t by) {
        Job *job = job_table_find(server->jobs, id);
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        int r;

        if (!job) /* somebody else was faster, and all were told */
                return;
        r = server->ops->remove_job(job, by, &error, server->userdata);
        if (r >= 0)
                return;
        if (!sd_bus_error_is_set(&error))
                (void) error_set(&error, r);
        server->removal_error = error;
        pending_tell(server->pending, id, PENDING_NOT_REMOVED);
        server->removal_error = SD_BUS_ERROR_NULL;
}

static void remove_jobs(BusServer *server) {
        g_autoptr(GArray) removals = g_steal_pointer(&server->removals);

        for (guint i = 0; removals && i < removals->len; i++) {
                const Removal *removal = &g_array_index(removals, Removal, i);

                remove_job(server, removal->id, removal->by);
        }
}

static int on_flush(sd_event_source *source, void *userdata) {
        BusServer *server = userdata;
        GHashTableIter iter;
        gpointer id, what;

        g_hash_table_iter_init(&iter, server->changed);
        while (g_hash_table_iter_next(&iter, &id, &what))
                if (emit_job_properties(server, GPOINTER_TO_UINT(id), GPOINTER_TO_UINT(what)))
                        g_hash_table_iter_remove(&iter);
        remove_jobs(server); /* after the last that is said of them */
        if (server->manager_changed && audience_listens(server->audience, false)) {
                (void) sd_bus_emit_properties_changed(server->bus, JOBD_MANAGER_PATH, JOBD_MANAGER_INTERFACE,
                                                      "NJobs", "NRunning", NULL);
                server->manager_changed = 0;
        }
        return 0;
}

static void schedule(BusServer *server) {
        int r;

        if (server->flush)
                r = sd_event_source_set_enabled(server->flush, SD_EVENT_ONESHOT);
        else
                /* of normal priority: an idle one would wait for ever beside a job that never stops printing */
                r = sd_event_add_defer(sd_bus_get_event(server->bus), &server->flush, on_flush, server);
        if (r < 0)
                log_error("Property changes cannot be sent: %s", g_strerror(-r));
}

void bus_flush_changes(void *userdata) {
        schedule(userdata);
}

static int on_output_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        return on_flush(source, userdata);
}

/* The first change since the last signal sets the time. */
static void schedule_later(BusServer *server) {
        int r;

        if (!server->flush_later)
                r = sd_event_add_time_relative(sd_bus_get_event(server->bus), &server->flush_later,
                                               CLOCK_MONOTONIC, OUTPUT_SIGNAL_USEC, 0, on_output_timer,
                                               server);
        else if (sd_event_source_get_enabled(server->flush_later, NULL) > 0)
                return;
        else {
                r = sd_event_source_set_time_relative(server->flush_later, OUTPUT_SIGNAL_USEC);
                if (r >= 0)
                        r = sd_event_source_set_enabled(server->flush_later, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_error("Property changes cannot be sent: %s", g_strerror(-r));
}

void bus_remove_soon(BusServer *server, uint32_t id, uid_t by) {
        Removal removal = { .id = id, .by = by };

        if (!server->removals)
                server->removals = g_array_new(FALSE, FALSE, sizeof(removal));
        g_array_append_val(server->removals, removal);
        schedule(server);
}

static void mark(BusServer *server, uint32_t id, JobChange what) {
        gpointer key = GUINT_TO_POINTER(id);
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(server->changed, key));

        g_hash_table_insert(server->changed, key, GUINT_TO_POINTER(before | what));
        if (what == JOB_CHANGE_OUTPUT)
                schedule_later(server);
        else
                schedule(server);
}

static void emit_manager(BusServer *server, const char *member, uint32_t id) {
        char path[JOB_PATH_MAX];

        if (audience_listens(server->audience, false))
                (void) sd_bus_emit_signal(server->bus, JOBD_MANAGER_PATH, JOBD_MANAGER_INTERFACE, member,
                                          "uo", id, bus_job_path(id, path));
        server->manager_changed = 1;
        schedule(server);
}

void bus_job_added(BusServer *server, const Job *job) {
        emit_manager(server, "JobNew", job->id);
}

void bus_job_removed(BusServer *server, uint32_t id) {
        g_hash_table_remove(server->changed, GUINT_TO_POINTER(id));
        emit_manager(server, "JobRemoved", id);
        lease_drop_job(server->leases, id);
        pending_tell(server->pending, id, PENDING_REMOVED);
}

void bus_job_changed(BusServer *server, const Job *job, JobChange what, JobState previous) {
        uint32_t id = job->id;
        char path[JOB_PATH_MAX];

        mark(server, id, what);
        if (job->state != previous) {
                if (audience_listens(server->audience, false))
                        (void) sd_bus_emit_signal(server->bus, bus_job_path(id, path), JOBD_JOB_INTERFACE,
                                                  "StateChanged", "sss", job_state_to_string(job->state),
                                                  job_state_to_string(previous),
                                                  job->reason ? job->reason : "");
                server->manager_changed = 1;
                pending_tell(server->pending, id, PENDING_STATE);
        } else if (what & JOB_CHANGE_OUTPUT)
                pending_tell(server->pending, id, PENDING_OUTPUT);
}
