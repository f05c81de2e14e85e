/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/collect/events.h"

static int flush(Sender *sender) {
        int r;

        if (sender->intake.error < 0 && !core_is_querying(sender))
                return 0;
        r = cache_flush(sender->intake.cache);
        if (r >= 0)
                return 0;
        if (core_is_querying(sender)) /* the cache is back where it was, the query is not */
                query_stop(sender->collector->query);
        core_set_error(sender, r);
        return r;
}

static void tell_error(Sender *sender) {
        const Collector *collector = sender->collector;
        Intake *intake = &sender->intake;
        bool was = intake->told_error < 0, is = intake->error < 0;

        intake->told_error = intake->error;
        if (was != is)
                collector->events->trouble(intake->id, intake->error, collector->userdata);
}

static void tell_progress(Sender *sender) {
        Collector *collector = sender->collector;
        Intake *intake = &sender->intake;

        if (intake->told_end == intake->state->end)
                return;
        intake->told_end = intake->state->end;
        core_restart_hint_wait(collector);
        collector->events->progress(intake->id, collector->userdata);
}

static void tell_acknowledge(Sender *sender) {
        const Collector *collector = sender->collector;
        uint64_t cached, allowed;

        if (sender_acknowledge(sender, &cached, &allowed))
                collector->events->acknowledge(sender->intake.id, cached, allowed, collector->userdata);
}

/* Also that none was found, when it has been looked for. */
static void tell_pid(Sender *sender) {
        const Collector *collector = sender->collector;
        StageProcess process = sender->stage.process;
        bool looks = sender->intake.error < 0 || core_is_querying(sender) || sender->query.data;

        if (process != PROCESS_FOUND && !(process == PROCESS_SOUGHT && !looks))
                return;
        (void) stage_step(&sender->stage, STAGE_PROCESS_TOLD);
        collector->events->pid_found(sender->intake.id, sender->pid, collector->userdata);
}

static void tell_exit(Sender *sender) {
        Collector *collector = sender->collector;
        ExitRecord exit = sender->intake.exit; /* the callback may remove the job */
        bool has_exit = sender->intake.has_exit;

        if (!sender_is_over(sender))
                return;
        (void) stage_step(&sender->stage, STAGE_EXIT_TOLD);
        core_dequeue(&collector->queries, &sender->query);
        if (core_is_querying(sender))
                query_stop(collector->query);
        collector->events->exited(sender->intake.id, has_exit ? &exit : NULL, collector->userdata);
}

void events_settle(Collector *collector, JobId id) {
        static void (*const tell[])(Sender *) = {
                tell_error, tell_pid, tell_progress, tell_acknowledge, tell_exit,
        };
        Sender *sender = core_find(collector, id);
        int r;

        r = flush(sender);
        if (r >= 0 && sender_is_over(sender) && !intake_is_complete(&sender->intake)) {
                r = intake_book_rest(&sender->intake, sender->handed);
                if (r < 0)
                        core_set_error(sender, r);
        }
        for (size_t i = 0; i < G_N_ELEMENTS(tell); i++) {
                /* each of them may remove any job; ids are never used again */
                sender = core_find(collector, id);
                if (!sender)
                        return;
                tell[i](sender);
        }
}
