/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/calls.h"

struct BusCalls {
        GHashTable *users;   /* uid → Account, of those who have some */
        GHashTable *clients; /* connection → Client, likewise */
        CallLoad of_all[_CALL_PLACE_MAX];
        void (*drop[_CALL_PLACE_MAX])(BusCall *call);
};

typedef struct Account {
        CallLoad at[_CALL_PLACE_MAX];
        guint n_calls; /* in all places */
} Account;

typedef struct Client {
        GQueue calls; /* of BusCall */
        CallLoad at[_CALL_PLACE_MAX];
} Client;

static void load_add(CallLoad *load, const CallLoad *more) {
        load->size += more->size;
        load->n_calls += more->n_calls;
        load->n_fds += more->n_fds;
        load->n_jobs += more->n_jobs;
}

static void load_subtract(CallLoad *load, const CallLoad *less) {
        load->size -= less->size;
        load->n_calls -= less->n_calls;
        load->n_fds -= less->n_fds;
        load->n_jobs -= less->n_jobs;
}

static Account *find_account(const BusCalls *calls, uid_t uid) {
        return g_hash_table_lookup(calls->users, GUINT_TO_POINTER(uid));
}

static Account *get_account(BusCalls *calls, uid_t uid) {
        Account *account = find_account(calls, uid);

        if (!account) {
                account = g_new0(Account, 1);
                g_hash_table_insert(calls->users, GUINT_TO_POINTER(uid), account);
        }
        return account;
}

static Client *find_client(const BusCalls *calls, const char *name) {
        return g_hash_table_lookup(calls->clients, name);
}

static Client *get_client(BusCalls *calls, const char *name) {
        Client *client = find_client(calls, name);

        if (!client) {
                client = g_new0(Client, 1);
                g_queue_init(&client->calls);
                g_hash_table_insert(calls->clients, g_strdup(name), client);
        }
        return client;
}

BusCalls *bus_calls_new(void) {
        BusCalls *calls = g_new0(BusCalls, 1);

        calls->users = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        calls->clients = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        return calls;
}

static void drop_first(const BusCalls *calls, const Client *client) {
        BusCall *call = client->calls.head->data;

        calls->drop[call->place](call);
}

void bus_calls_free(BusCalls *calls) {
        GHashTableIter iter;
        gpointer client;

        while (g_hash_table_iter_init(&iter, calls->clients), g_hash_table_iter_next(&iter, NULL, &client))
                drop_first(calls, client);
        g_hash_table_unref(calls->users);
        g_hash_table_unref(calls->clients);
        g_free(calls);
}

void bus_calls_set_place(BusCalls *calls, CallPlace place, void (*drop)(BusCall *call)) {
        calls->drop[place] = drop;
}

BusCall *bus_call_new(sd_bus_message *taken, size_t size, guint n_fds) {
        BusCall *call = g_new0(BusCall, 1);

        call->message = taken;
        call->load = (CallLoad){ .size = size, .n_calls = 1, .n_fds = n_fds };
        return call;
}

void bus_call_free(BusCall *call) {
        bus_call_leave(call);
        sd_bus_message_unref(call->message);
        sd_bus_error_free(&call->error);
        g_free(call);
}

void bus_call_enter(BusCalls *calls, BusCall *call, CallPlace place, uid_t uid) {
        Client *client = get_client(calls, sd_bus_message_get_sender(call->message));
        Account *account = get_account(calls, uid);

        g_assert(!call->calls);
        call->calls = calls;
        call->place = place;
        call->uid = uid;
        call->of_client.data = call;
        g_queue_push_tail_link(&client->calls, &call->of_client);
        account->n_calls++;
        load_add(&client->at[place], &call->load);
        load_add(&account->at[place], &call->load);
        load_add(&calls->of_all[place], &call->load);
}

void bus_call_leave(BusCall *call) {
        BusCalls *calls = call->calls;
        const char *name;
        Account *account;
        Client *client;

        if (!calls)
                return;
        call->calls = NULL;
        name = sd_bus_message_get_sender(call->message);
        load_subtract(&calls->of_all[call->place], &call->load);
        client = find_client(calls, name);
        load_subtract(&client->at[call->place], &call->load);
        g_queue_unlink(&client->calls, &call->of_client);
        if (g_queue_is_empty(&client->calls))
                g_hash_table_remove(calls->clients, name);
        account = find_account(calls, call->uid);
        load_subtract(&account->at[call->place], &call->load);
        if (--account->n_calls == 0)
                g_hash_table_remove(calls->users, GUINT_TO_POINTER(call->uid));
}

CallLoad bus_calls_of_user(const BusCalls *calls, CallPlace place, uid_t uid) {
        const Account *account = find_account(calls, uid);

        return account ? account->at[place] : (CallLoad){ 0 };
}

CallLoad bus_calls_of_all(const BusCalls *calls, CallPlace place) {
        return calls->of_all[place];
}

CallLoad bus_calls_of_client(const BusCalls *calls, CallPlace place, const char *name) {
        const Client *client = find_client(calls, name);

        return client ? client->at[place] : (CallLoad){ 0 };
}

BusCall *bus_calls_first(const BusCalls *calls, CallPlace place, const char *name) {
        const Client *client = find_client(calls, name);
        BusCall *call = client ? client->calls.head->data : NULL;

        return call && call->place == place ? call : NULL;
}

void bus_calls_drop_client(BusCalls *calls, const char *name) {
        const Client *client;

        while ((client = find_client(calls, name))) /* who drops one may end others, too */
                drop_first(calls, client);
}
