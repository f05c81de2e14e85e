/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/collect/space.h"
#include "output/held.h"

/* What is held open is looked at again: soon after something was received or removed, then more and more
 * rarely. */
#define HELD_PAUSE_MIN (1000 * USEC_PER_MSEC)
#define HELD_PAUSE_MAX (32000 * USEC_PER_MSEC)

/* `account`: whose jobs; NULL: all. */
static bool is_for(const Intake *intake, const OutputAccount *account) {
        return intake->limit.block && (!account || account_of(intake->state) == account);
}

static void tell_room(Collector *collector, const OutputAccount *account) {
        Sender *sender;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &sender))
                if (is_for(&sender->intake, account) &&
                    output_allowed(sender->intake.state, &sender->intake.limit) > sender->allowed)
                        core_owe_acknowledge(sender);
}

static void watch_held(Collector *collector, Accounts *accounts) {
        collector->accounts = accounts;
        /* not put off by whoever comes again and again */
        if (core_is_armed(collector->held_timer) && collector->held_pause == HELD_PAUSE_MIN)
                return;
        collector->held_pause = HELD_PAUSE_MIN;
        core_arm(collector->held_timer, collector->held_pause);
}

void collector_freed(Collector *collector, OutputAccount *account) {
        if (!account)
                return;
        held_check(account);
        if (account->held.length > 0)
                watch_held(collector, account->all);
        tell_room(collector, account);
}

void space_on_held_timer(Collector *collector) {
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
        core_arm(collector->held_timer, collector->held_pause);
}

void collector_limit_changed(Collector *collector) {
        Sender *sender;
        GHashTableIter iter;

        g_hash_table_iter_init(&iter, collector->by_id);
        while (g_hash_table_iter_next(&iter, NULL, (void **) &sender))
                if (sender->intake.limit.block && sender->intake.state->account)
                        core_owe_acknowledge(sender);
}
