/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/job-id.h"
#include "base/log.h"
#include "bus/signals.h"

/*
 * What clients are told of changes, gathered over one turn of the loop, so that nobody finds an old value
 * where he was told of a new one:
 *
 *   1. PropertiesChanged of the manager, JobNew
 *   2. one PropertiesChanged of each job
 *   3. StateChanged and JobRemoved, in the order in which it happened
 *   4. answers to the calls that waited for that
 *
 * A method that changes something and answers at once has it told before it answers (bus_flush_now()), but
 * for StartJob: who starts a job must know its name before he hears of it. That there is more output is told
 * once until somebody asks how much, and can wait a little: a job that prints without a pause would be worth
 * a thousand signals a second.
 */

#define OUTPUT_SIGNAL_USEC UINT64_C(100000)

typedef enum EventKind {
        EVENT_NEW,
        EVENT_STATE,
        EVENT_REMOVED,
} EventKind;

typedef struct Event {
        EventKind kind;
        JobId id;
        JobState state, previous; /* EVENT_STATE */
        char *reason;             /* likewise; NULL for none */
} Event;

static void event_clear(gpointer p) {
        g_free(((Event *) p)->reason);
}

static void emit_event(BusServer *server, const Event *event) {
        if (event->id.child > 0 && event->kind != EVENT_STATE)
                return; /* a family is told of by its parent */
        if (event->kind == EVENT_STATE)
                signal_state(server, event->id, event->state, event->previous, event->reason);
        else
                signal_job(server, event->kind == EVENT_NEW ? "JobNew" : "JobRemoved", event->id);
}

static void answer_calls(BusServer *server, const Event *event) {
        if (event->kind == EVENT_STATE)
                pending_tell(server->pending, event->id, PENDING_STATE);
        else if (event->kind == EVENT_REMOVED) {
                lease_drop_job(server->leases, event->id);
                pending_tell(server->pending, event->id, PENDING_REMOVED);
        }
}

static void add_changes(JobMap *changes, JobId id, JobChange what) {
        guint before = GPOINTER_TO_UINT(job_map_get(changes, id));

        job_map_set(changes, id, GUINT_TO_POINTER(before | what));
}

/* What is to be said of a job: not again that there is more output, if all know. */
static JobChange news_of(const BusServer *server, JobId id, JobChange what) {
        return job_map_has(server->invalidated, id) ? what & ~JOB_CHANGE_OUTPUT : what;
}

static void emit_job_properties(BusServer *server, const Job *job, JobChange what) {
        if (what == 0)
                return;
        if (!signal_job_properties(server, job, what))
                add_changes(server->unheard, job->id, what);
        else if (what & JOB_CHANGE_OUTPUT)
                job_map_add(server->invalidated, job->id);
}

static void emit_properties(BusServer *server, bool output) {
        GHashTableIter iter;
        gpointer key, value;

        g_hash_table_iter_init(&iter, server->changed);
        while (g_hash_table_iter_next(&iter, &key, &value)) {
                JobId id = job_map_key(key);
                JobChange what = GPOINTER_TO_UINT(value);

                if (!output && what == JOB_CHANGE_OUTPUT)
                        continue;
                g_hash_table_iter_remove(&iter);
                emit_job_properties(server, job_table_find(server->jobs->table, id),
                                    news_of(server, id, what));
        }
}

static void emit_manager_properties(BusServer *server) {
        if (server->manager_changed)
                server->manager_unheard = !signal_manager_properties(server);
        server->manager_changed = false;
}

/* `output`: also that there is more of it. */
static void flush(BusServer *server, bool output) {
        g_autoptr(GArray) events = g_steal_pointer(&server->events);
        guint n = events ? events->len : 0;

        emit_manager_properties(server);
        for (guint i = 0; i < n; i++)
                if (g_array_index(events, Event, i).kind == EVENT_NEW)
                        emit_event(server, &g_array_index(events, Event, i));
        emit_properties(server, output);
        for (guint i = 0; i < n; i++)
                if (g_array_index(events, Event, i).kind != EVENT_NEW)
                        emit_event(server, &g_array_index(events, Event, i));
        for (guint i = 0; i < n; i++)
                answer_calls(server, &g_array_index(events, Event, i));
}

void bus_flush_now(BusServer *server) {
        flush(server, false);
}

typedef struct Removal {
        JobId id;
        uid_t by;
} Removal;

static void remove_job(BusServer *server, JobId id, uid_t by) {
        Job *job = job_table_find(server->jobs->table, id);
        g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;
        int r;

        if (!job) /* somebody else was faster, and all were told */
                return;
        r = jobs_remove(server->jobs, job, by, &error);
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

        flush(server, false);
        remove_jobs(server); /* after the last that is said of them */
        return 0;
}

static void schedule(BusServer *server) {
        int r = 0;

        if (!server->flush) {
                r = sd_event_add_defer(sd_bus_get_event(server->bus), &server->flush, on_flush, server);
                if (r >= 0) /* before anything else happens */
                        r = sd_event_source_set_priority(server->flush, SD_EVENT_PRIORITY_NORMAL - 1);
        }
        if (r >= 0)
                r = sd_event_source_set_enabled(server->flush, SD_EVENT_ONESHOT);
        if (r < 0)
                log_error("Changes cannot be told: %s", g_strerror(-r));
}

static int on_output_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        flush(userdata, true);
        return 0;
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
                log_error("Changes of output cannot be told: %s", g_strerror(-r));
}

void bus_tell_unheard(void *userdata) {
        BusServer *server = userdata;
        GHashTableIter iter;
        gpointer id, what;

        g_hash_table_iter_init(&iter, server->unheard);
        while (g_hash_table_iter_next(&iter, &id, &what))
                add_changes(server->changed, job_map_key(id), GPOINTER_TO_UINT(what));
        g_hash_table_remove_all(server->unheard);
        server->manager_changed = server->manager_changed || server->manager_unheard;
        schedule(server);
        schedule_later(server);
}

void bus_remove_soon(BusServer *server, JobId id, uid_t by) {
        Removal removal = { .id = id, .by = by };

        if (!server->removals)
                server->removals = g_array_new(FALSE, FALSE, sizeof(removal));
        g_array_append_val(server->removals, removal);
        schedule(server);
}

static void mark(BusServer *server, JobId id, JobChange what) {
        add_changes(server->changed, id, what);
        if (what == JOB_CHANGE_OUTPUT)
                schedule_later(server);
        else
                schedule(server);
}

/* Takes the reason. */
static void add_event(BusServer *server, Event event) {
        if (!server->events) {
                server->events = g_array_new(FALSE, FALSE, sizeof(event));
                g_array_set_clear_func(server->events, event_clear);
        }
        g_array_append_val(server->events, event);
        server->manager_changed = true;
        schedule(server);
}

void bus_job_added(BusServer *server, const Job *job) {
        add_event(server, (Event){ .kind = EVENT_NEW, .id = job->id });
}

void bus_job_removed(BusServer *server, JobId id) {
        job_map_remove(server->changed, id);
        job_map_remove(server->invalidated, id);
        job_map_remove(server->unheard, id);
        add_event(server, (Event){ .kind = EVENT_REMOVED, .id = id });
}

void bus_job_changed(BusServer *server, const Job *job, JobChange what, JobState previous) {
        mark(server, job->id, what);
        if (job->state != previous)
                add_event(server, (Event){
                                                  .kind = EVENT_STATE,
                                                  .id = job->id,
                                                  .state = job->state,
                                                  .previous = previous,
                                                  .reason = g_strdup(job->reason),
                                  });
        else if (what & JOB_CHANGE_REFUSED)
                pending_tell(server->pending, job->id, PENDING_REFUSED);
        else if (what & JOB_CHANGE_OUTPUT)
                pending_tell(server->pending, job->id, PENDING_OUTPUT);
}
