/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "bus/unread-internal.h"
#include "bus/unread-stats.h"

#define ASK_AGAIN_USEC UINT64_C(50000)  /* about the connection that waits for the answer */
#define ASK_REST_USEC  UINT64_C(250000) /* about the others */
/* After so many bytes at once: who reads as fast as he is sent is not to be taken for one who does not. */
#define ASK_AGAIN_BYTES (256U * 1024U)
#define SWEEP_USEC      UINT64_C(10000)
#define SWEEP_MAX       8U

typedef struct Client {
        Unread *unread;
        char *name;
        uid_t uid;
        guint amount[_UNREAD_KIND_MAX];
        guint since[_UNREAD_KIND_MAX]; /* of it, what was sent after the bus was asked */
        uint64_t asked;                /* when */
        sd_bus_slot *slot;
} Client;

static const struct {
        guint max, root_max;
        const char *key;
} kinds[_UNREAD_KIND_MAX] = {
        [UNREAD_BYTES] = { UNREAD_MAX, UNREAD_ROOT_MAX, UNREAD_STATS_BYTES },
        [UNREAD_FDS] = { UNREAD_FDS_MAX, UNREAD_ROOT_FDS_MAX, UNREAD_STATS_FDS },
};

/* Tallies and clients count in guint: nobody comes near its end, and if he did, that is enough. */
static void set_amount(Client *client, UnreadKind kind, guint amount) {
        Unread *unread = client->unread;
        Tally *tally = unread->by_uid[kind];

        tally_subtract(tally, client->uid, client->amount[kind]);
        unread->total[kind] -= client->amount[kind];
        client->amount[kind] = MIN(amount, G_MAXUINT - tally_get(tally, client->uid));
        tally_add(tally, client->uid, client->amount[kind]);
        unread->total[kind] += client->amount[kind];
}

static void client_free(gpointer p) {
        Client *client = p;

        for (UnreadKind kind = 0; kind < _UNREAD_KIND_MAX; kind++)
                set_amount(client, kind, 0);
        sd_bus_slot_unref(client->slot);
        g_free(client->name);
        g_free(client);
}

static Client *client_get(Unread *unread, const Caller *caller) {
        Client *client = g_hash_table_lookup(unread->by_name, caller->name);

        if (client)
                return client;
        client = g_new0(Client, 1);
        client->unread = unread;
        client->name = g_strdup(caller->name);
        client->uid = caller->uid;
        g_hash_table_insert(unread->by_name, client->name, client);
        return client;
}

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Client *client = userdata;
        Unread *unread = client->unread;
        uint32_t amount;
        int r = 0;

        client->slot = sd_bus_slot_unref(client->slot);
        for (UnreadKind kind = 0; r >= 0 && kind < _UNREAD_KIND_MAX; kind++) {
                r = unread_stats_read(reply, kinds[kind].key, &amount);
                if (r >= 0)
                        set_amount(client, kind,
                                   MIN(client->amount[kind] - client->since[kind], amount) +
                                                   client->since[kind]);
        }
        if (r == -ENOTSUP) {
                log_info("The bus does not tell what its clients have not read");
                unread->untold = true;
                g_hash_table_remove_all(unread->by_name);
        }
        unread->events->settled(unread->userdata);
        return 0;
}

static uint64_t now_usec(const Unread *unread) {
        uint64_t now;

        return sd_event_now(sd_bus_get_event(unread->bus), CLOCK_MONOTONIC, &now) < 0 ? 0 : now;
}

/* The last answer is of so short a time ago that another would say the same. */
static bool is_fresh(const Client *client, uint64_t now, uint64_t pause) {
        return client->asked && now - client->asked < pause && client->since[UNREAD_BYTES] < ASK_AGAIN_BYTES;
}

/* What jobd has sent before the question is with the bus when that answers. */
static bool ask(Client *client, uint64_t now, uint64_t pause) {
        Unread *unread = client->unread;

        if (client->slot || (client->amount[UNREAD_BYTES] == 0 && client->amount[UNREAD_FDS] == 0) ||
            is_fresh(client, now, pause))
                return false;
        client->asked = now;
        memset(client->since, 0, sizeof(client->since));
        return unread_stats_ask(unread->bus, &client->slot, client->name, on_stats, client) >= 0;
}

void unread_ask(Unread *unread, const Caller *caller) {
        Client *own = g_hash_table_lookup(unread->by_name, caller->name);
        uint64_t now = now_usec(unread);
        GHashTableIter iter;
        gpointer client;
        guint n = 0;

        if (own)
                (void) ask(own, now, ASK_AGAIN_USEC);
        if (now - unread->swept < SWEEP_USEC)
                return;
        unread->swept = now;
        g_hash_table_iter_init(&iter, unread->by_name);
        while (n < SWEEP_MAX && g_hash_table_iter_next(&iter, NULL, &client))
                n += ask(client, now, ASK_REST_USEC);
}

void unread_add(Unread *unread, const Caller *caller, UnreadKind kind, size_t amount) {
        Client *client;
        guint n = (guint) MIN(amount, UNREAD_MAX);

        if (unread->untold)
                return;
        client = client_get(unread, caller);
        client->since[kind] += n;
        set_amount(client, kind, client->amount[kind] + n);
}

/* A user may leave unread half as much as there is room for: the more there are who do, the less each, and
 * there is room for one more. Root may leave all of it, and has some that is for him alone. */
static bool user_has_room(const Unread *unread, uid_t uid, UnreadKind kind) {
        uint64_t max = uid == 0 ? kinds[kind].root_max : kinds[kind].max;
        uint64_t left = max - MIN(unread->total[kind], max);

        return tally_get(unread->by_uid[kind], uid) < (uid == 0 ? left : left / 2);
}

bool unread_has_room(const Unread *unread, const Caller *caller, AnswerKind answer) {
        const Client *client;

        if (unread->untold)
                return true;
        if (answer == ANSWER_WITH_FD && !user_has_room(unread, caller->uid, UNREAD_FDS))
                return false;
        if (user_has_room(unread, caller->uid, UNREAD_BYTES))
                return true;
        client = g_hash_table_lookup(unread->by_name, caller->name);
        return answer != ANSWER_LARGE && (!client || client->amount[UNREAD_BYTES] < UNREAD_SMALL_MAX);
}

guint unread_bytes(const Unread *unread, const Caller *caller) {
        const Client *client = g_hash_table_lookup(unread->by_name, caller->name);

        return client ? client->amount[UNREAD_BYTES] : 0;
}

bool unread_is_told(const Unread *unread) {
        return !unread->untold;
}

void unread_drop_client(Unread *unread, const char *name) {
        if (g_hash_table_remove(unread->by_name, name))
                unread->events->settled(unread->userdata);
}

Unread *unread_new(sd_bus *bus, const UnreadEvents *events, void *userdata) {
        Unread *unread = g_new0(Unread, 1);

        unread->bus = sd_bus_ref(bus);
        unread->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, client_free);
        for (UnreadKind kind = 0; kind < _UNREAD_KIND_MAX; kind++)
                unread->by_uid[kind] = tally_new();
        unread->events = events;
        unread->userdata = userdata;
        unread_signals_init(unread);
        return unread;
}

void unread_free(Unread *unread) {
        unread_signals_done(unread);
        g_hash_table_unref(unread->by_name);
        for (UnreadKind kind = 0; kind < _UNREAD_KIND_MAX; kind++)
                tally_free(unread->by_uid[kind]);
        sd_bus_unref(unread->bus);
        g_free(unread);
}
