/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/error.h"
#include "bus/lease.h"

struct LeaseTable {
        JobMap *leases; /* id → Lease: only jobs that are being received */
        void (*granted)(void *ticket, JobId id, void *userdata);
        void *userdata;
};

typedef struct Lease {
        char *holder;
        GQueue waiting; /* of Waiter */
} Lease;

typedef struct Waiter {
        char *client;
        void *ticket;
} Waiter;

static void waiter_free(gpointer p) {
        Waiter *waiter = p;

        g_free(waiter->client);
        g_free(waiter);
}

static void lease_free(gpointer p) {
        Lease *lease = p;

        g_free(lease->holder);
        g_queue_clear_full(&lease->waiting, waiter_free);
        g_free(lease);
}

LeaseTable *lease_table_new(void (*granted)(void *ticket, JobId id, void *userdata), void *userdata) {
        LeaseTable *table = g_new(LeaseTable, 1);

        table->leases = job_map_new(lease_free);
        table->granted = granted;
        table->userdata = userdata;
        return table;
}

void lease_table_free(LeaseTable *table) {
        g_hash_table_unref(table->leases);
        g_free(table);
}

static Lease *find(const LeaseTable *table, JobId id) {
        return job_map_get(table->leases, id);
}

int lease_take(LeaseTable *table, JobId id, const char *client) {
        Lease *lease = find(table, id);

        if (!lease) {
                lease = g_new0(Lease, 1);
                lease->holder = g_strdup(client);
                g_queue_init(&lease->waiting);
                job_map_set(table->leases, id, lease);
                return 1;
        }
        if (strcmp(lease->holder, client) == 0)
                return 1;
        return g_queue_get_length(&lease->waiting) >= LEASE_WAITING_MAX ? -JOBD_E_LIMIT_EXCEEDED : 0;
}

void lease_wait(LeaseTable *table, JobId id, const char *client, void *ticket) {
        Waiter *waiter = g_new(Waiter, 1);

        *waiter = (Waiter){ .client = g_strdup(client), .ticket = ticket };
        g_queue_push_tail(&find(table, id)->waiting, waiter);
}

bool lease_is_held(const LeaseTable *table, JobId id) {
        return find(table, id);
}

bool lease_is_held_by(const LeaseTable *table, JobId id, const char *client) {
        const Lease *lease = find(table, id);

        return lease && strcmp(lease->holder, client) == 0;
}

static void pass_on(LeaseTable *table, JobId id, Lease *lease) {
        Waiter *next = g_queue_pop_head(&lease->waiting);

        if (!next) {
                job_map_remove(table->leases, id);
                return;
        }
        g_free(lease->holder);
        lease->holder = g_strdup(next->client);
        table->granted(next->ticket, id, table->userdata);
        waiter_free(next);
}

void lease_give_back(LeaseTable *table, JobId id, const char *client) {
        Lease *lease = find(table, id);

        if (lease && strcmp(lease->holder, client) == 0)
                pass_on(table, id, lease);
}

static void drop_waiting(Lease *lease, const char *client) {
        for (GList *l = lease->waiting.head, *next; l; l = next) {
                next = l->next;
                if (strcmp(((const Waiter *) l->data)->client, client) == 0) {
                        waiter_free(l->data);
                        g_queue_delete_link(&lease->waiting, l);
                }
        }
}

void lease_drop_client(LeaseTable *table, const char *client) {
        g_autoptr(GList) ids = g_hash_table_get_keys(table->leases);

        for (GList *l = ids; l; l = l->next) {
                Lease *lease = g_hash_table_lookup(table->leases, l->data);

                drop_waiting(lease, client);
                if (strcmp(lease->holder, client) == 0)
                        pass_on(table, job_map_key(l->data), lease);
        }
}

void lease_drop_job(LeaseTable *table, JobId id) {
        job_map_remove(table->leases, id);
}
