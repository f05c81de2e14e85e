/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "jobs/endings.h"

#include <time.h>

#include "base/log.h"
#include "jobs/syncer.h"
#include "jobs/untold.h"

/* Not told yet. */
typedef struct Ending {
        JobId id;
        Unit *unit;
        uint64_t deadline; /* µs, monotonic */
        uint64_t request;  /* of the syncer; 0: the record is not saved */
} Ending;

struct Endings {
        sd_event *event;
        JobTable *jobs;
        uint64_t wait_usec;
        Syncer *syncer;
        Untold *file;           /* of those in the next */
        GQueue untold;          /* of Ending, in the order in which they ended */
        JobMap *held;           /* id → Unit, or NULL: told, and not saved */
        sd_event_source *timer; /* for the first deadline */
};

static void release_unit(gpointer unit) {
        if (unit)
                unit_release(unit);
}

Endings *endings_new(sd_event *event, JobTable *jobs, uint64_t wait_usec) {
        Endings *endings = g_new(Endings, 1);

        *endings = (Endings){
                .event = sd_event_ref(event),
                .jobs = jobs,
                .wait_usec = wait_usec,
                .held = job_map_new(release_unit),
        };
        g_queue_init(&endings->untold);
        return endings;
}

static void leave_unit(Unit *unit) {
        if (unit)
                unit_leave(unit);
}

void endings_free(Endings *endings) {
        GHashTableIter iter;
        gpointer id, unit;
        Ending *ending;

        while ((ending = g_queue_pop_head(&endings->untold))) {
                if (ending->request > 0)
                        release_unit(ending->unit);
                else
                        leave_unit(ending->unit);
                g_free(ending);
        }
        g_hash_table_iter_init(&iter, endings->held);
        while (g_hash_table_iter_next(&iter, &id, &unit)) {
                g_hash_table_iter_steal(&iter);
                g_free(id);
                leave_unit(unit);
        }
        g_hash_table_unref(endings->held);
        g_clear_pointer(&endings->syncer, syncer_free);
        g_clear_pointer(&endings->file, untold_free);
        sd_event_source_disable_unref(endings->timer);
        sd_event_unref(endings->event);
        g_free(endings);
}

/* Takes it out of the line. */
static void tell(Endings *endings, GList *link) {
        g_autofree Ending *ending = link->data;

        g_queue_delete_link(&endings->untold, link);
        if (ending->request > 0)
                release_unit(ending->unit);
        else
                job_map_set(endings->held, ending->id, ending->unit);
        job_finish(job_table_find(endings->jobs, ending->id));
        if (endings->file && g_queue_is_empty(&endings->untold))
                untold_clear(endings->file);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata);

static void arm(Endings *endings) {
        const Ending *first = g_queue_peek_head(&endings->untold);
        int r = 0;

        if (!endings->timer)
                r = sd_event_add_time(endings->event, &endings->timer, CLOCK_MONOTONIC, 0, 0, on_timer,
                                      endings);
        if (r >= 0 && first)
                r = sd_event_source_set_time(endings->timer, first->deadline);
        if (r >= 0)
                r = sd_event_source_set_enabled(endings->timer, first ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        if (r < 0)
                log_error("Ends of jobs may wait for the disk for ever: %s", g_strerror(-r));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Endings *endings = userdata;
        Ending *first;

        while ((first = g_queue_peek_head(&endings->untold)) && first->deadline <= usec) {
                log_job(LOG_WARNING, first->id, 0,
                        "its end is told, though %s: it may be forgotten when the power fails",
                        first->request > 0 ? "the disk has not taken it in time" : "it could not be saved");
                tell(endings, endings->untold.head);
        }
        arm(endings);
        return 0;
}

static void on_done(uint64_t done, int r, void *userdata) {
        Endings *endings = userdata;

        if (r < 0)
                log_error("What ended jobs have written may not be on the disk: %s", g_strerror(-r));
        for (GList *link = endings->untold.head, *next; link; link = next) {
                const Ending *ending = link->data;

                next = link->next;
                if (ending->request > 0 && ending->request <= done)
                        tell(endings, link);
        }
        arm(endings);
}

int endings_sync(Endings *endings, int dir_fd) {
        return syncer_new(endings->event, dir_fd, on_done, endings, &endings->syncer);
}

int endings_remember(Endings *endings, int dir_fd) {
        return untold_new(endings->event, dir_fd, &endings->file);
}

int endings_of_before(Endings *endings, void (*found)(JobId id, void *userdata), void *userdata) {
        int r = endings->file ? untold_read(endings->file, found, userdata) : 0;

        if (r >= 0 && endings->file && g_queue_is_empty(&endings->untold))
                untold_clear(endings->file);
        return r;
}

void endings_add(Endings *endings, const Job *job, Unit *unit) {
        Ending *ending = g_new0(Ending, 1);
        uint64_t now;

        (void) sd_event_now(endings->event, CLOCK_MONOTONIC, &now);
        ending->id = job->id;
        ending->unit = unit;
        ending->deadline = now + endings->wait_usec;
        g_queue_push_tail(&endings->untold, ending);
        if (endings->file)
                untold_add(endings->file, ending->id);
        if (g_queue_get_length(&endings->untold) == 1)
                arm(endings);
}

void endings_saved(Job *job, void *userdata) {
        Endings *endings = userdata;

        if (!job->settled) {
                (void) job_map_remove(endings->held, job->id);
                return;
        }
        for (GList *link = endings->untold.tail; link; link = link->prev) {
                Ending *ending = link->data;

                if (!job_id_equal(ending->id, job->id))
                        continue;
                if (endings->syncer)
                        ending->request = syncer_ask(endings->syncer, job->id);
                else {
                        ending->request = 1;
                        tell(endings, link);
                }
                return;
        }
}

bool endings_holds(const Endings *endings, JobId id) {
        return job_map_has(endings->held, id);
}

void endings_forget(Endings *endings, JobId id) {
        (void) job_map_remove(endings->held, id);
}
