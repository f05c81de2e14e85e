/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <time.h>

#include "base/log.h"
#include "jobs/audit-limit.h"

#define MINUTE_USEC (UINT64_C(60) * 1000 * 1000)

struct AuditLimit {
        sd_event *event;
        sd_event_source *timer; /* on while there are counts */
        GHashTable *counts;     /* uid → entries of this minute, also those that were left out */
        void (*left_out)(uid_t uid, uint32_t n, void *userdata);
        void *userdata;
};

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        audit_limit_end(userdata);
        return 0;
}

AuditLimit *audit_limit_new(sd_event *event, void (*left_out)(uid_t uid, uint32_t n, void *userdata),
                            void *userdata) {
        AuditLimit *limit = g_new0(AuditLimit, 1);

        limit->event = sd_event_ref(event);
        limit->counts = g_hash_table_new(NULL, NULL);
        limit->left_out = left_out;
        limit->userdata = userdata;
        return limit;
}

void audit_limit_free(AuditLimit *limit) {
        g_clear_pointer(&limit->timer, sd_event_source_disable_unref);
        g_hash_table_unref(limit->counts);
        sd_event_unref(limit->event);
        g_free(limit);
}

static void begin_minute(AuditLimit *limit) {
        int r;

        if (!limit->timer)
                r = sd_event_add_time_relative(limit->event, &limit->timer, CLOCK_MONOTONIC, MINUTE_USEC, 0,
                                               on_timer, limit);
        else {
                r = sd_event_source_set_time_relative(limit->timer, MINUTE_USEC);
                if (r >= 0)
                        r = sd_event_source_set_enabled(limit->timer, SD_EVENT_ONESHOT);
        }
        if (r < 0)
                log_error("The end of a minute cannot be waited for: %s", g_strerror(-r));
}

bool audit_limit_admits(AuditLimit *limit, uid_t uid) {
        gpointer key = GUINT_TO_POINTER(uid);
        guint n;

        if (g_hash_table_size(limit->counts) == 0)
                begin_minute(limit);
        if (g_hash_table_size(limit->counts) >= AUDIT_LIMIT_USERS_MAX &&
            !g_hash_table_contains(limit->counts, key))
                key = GUINT_TO_POINTER(AUDIT_LIMIT_OTHERS);
        n = GPOINTER_TO_UINT(g_hash_table_lookup(limit->counts, key));
        if (n < UINT32_MAX)
                g_hash_table_insert(limit->counts, key, GUINT_TO_POINTER(n + 1));
        return n < AUDIT_LIMIT_PER_MINUTE;
}

void audit_limit_end(AuditLimit *limit) {
        GHashTableIter iter;
        gpointer uid, n;

        g_hash_table_iter_init(&iter, limit->counts);
        while (g_hash_table_iter_next(&iter, &uid, &n)) {
                if (GPOINTER_TO_UINT(n) > AUDIT_LIMIT_PER_MINUTE)
                        limit->left_out(GPOINTER_TO_UINT(uid), GPOINTER_TO_UINT(n) - AUDIT_LIMIT_PER_MINUTE,
                                        limit->userdata);
                g_hash_table_iter_remove(&iter);
        }
}
