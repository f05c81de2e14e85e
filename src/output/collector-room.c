/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/collector-private.h"
#include "output/held.h"

/* What is held open is looked at again: soon after something was received or removed, then more and more
 * rarely. */
#define HELD_PAUSE_MIN (1000 * USEC_PER_MSEC)
#define HELD_PAUSE_MAX (32000 * USEC_PER_MSEC)

/* `account`: whose jobs; NULL: all. */
static void tell_room(Collector *collector, const OutputAccount *account) {
        CollectedJob *job;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &job))
                if (job->limit.block && (!account || account_of(job->state) == account) &&
                    output_allowed(job->state, &job->limit) > job->allowed)
                        collector_acknowledge(collector, job->intake.id);
}

static void watch_held(Collector *collector, Accounts *accounts) {
        collector->accounts = accounts;
        /* not put off by whoever comes again and again */
        if (collector_is_armed(collector->held_timer) && collector->held_pause == HELD_PAUSE_MIN)
                return;
        collector->held_pause = HELD_PAUSE_MIN;
        collector_arm(collector->held_timer, collector->held_pause);
}

void collector_freed(Collector *collector, OutputAccount *account) {
        if (!account)
                return;
        held_check(account);
        if (account->held.length > 0)
                watch_held(collector, account->all);
        tell_room(collector, account);
}

void collector_on_held_timer(Collector *collector) {
        OutputAccount *account;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->accounts->by_owner);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &account))
                held_check(account);
        /* of all: what went in the meantime, for want of room, was not told */
        tell_room(collector, NULL);
        if (collector->accounts->n_held == 0)
                return;
        collector->held_pause = MIN(collector->held_pause * 2, HELD_PAUSE_MAX);
        collector_arm(collector->held_timer, collector->held_pause);
}

void collector_limit_changed(Collector *collector) {
        CollectedJob *job;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &job))
                if (job->limit.block && job->state->account)
                        collector_acknowledge(collector, job->intake.id);
}
