/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/tally.h"
#include "bus/owed.h"
#include "bus/stats.h"

#define ASK_AGAIN_USEC UINT64_C(50000)  /* about the connection that waits for the answer */
#define ASK_REST_USEC  UINT64_C(250000) /* about the others */
/* After so many bytes at once: who reads as fast as he is sent is not to be taken for one who does not. */
#define ASK_AGAIN_BYTES (256U * 1024U)
#define SWEEP_USEC      UINT64_C(10000)
#define SWEEP_MAX       8U

struct Owed {
        sd_bus *bus;
        GHashTable *by_name; /* of Debtor */
        Tally *by_uid[_OWED_KIND_MAX];
        uint64_t total[_OWED_KIND_MAX];
        uint64_t swept;
        bool untold; /* the bus does not tell */
        void (*settled)(void *userdata);
        void *userdata;
};

typedef struct Debtor {
        Owed *owed;
        char *name;
        uid_t uid;
        guint amount[_OWED_KIND_MAX];
        guint since[_OWED_KIND_MAX]; /* of it, what was sent after the bus was asked */
        uint64_t asked;              /* when */
        sd_bus_slot *slot;
} Debtor;

static const struct {
        guint max, root_max;
        const char *key;
} kinds[_OWED_KIND_MAX] = {
        [OWED_BYTES] = { OWED_MAX, OWED_ROOT_MAX, STATS_UNREAD_BY },
        [OWED_FDS] = { OWED_FDS_MAX, OWED_ROOT_FDS_MAX, STATS_FDS_UNREAD_BY },
};

/* Tallies and debtors count in guint: nobody comes near its end, and if he did, he owes enough. */
static void set_amount(Debtor *debtor, OwedKind kind, guint amount) {
        Owed *owed = debtor->owed;
        Tally *tally = owed->by_uid[kind];

        tally_subtract(tally, debtor->uid, debtor->amount[kind]);
        owed->total[kind] -= debtor->amount[kind];
        debtor->amount[kind] = MIN(amount, G_MAXUINT - tally_get(tally, debtor->uid));
        tally_add(tally, debtor->uid, debtor->amount[kind]);
        owed->total[kind] += debtor->amount[kind];
}

static void debtor_free(gpointer p) {
        Debtor *debtor = p;

        for (OwedKind kind = 0; kind < _OWED_KIND_MAX; kind++)
                set_amount(debtor, kind, 0);
        sd_bus_slot_unref(debtor->slot);
        g_free(debtor->name);
        g_free(debtor);
}

static Debtor *debtor_get(Owed *owed, const Caller *caller) {
        Debtor *debtor = g_hash_table_lookup(owed->by_name, caller->name);

        if (debtor)
                return debtor;
        debtor = g_new0(Debtor, 1);
        debtor->owed = owed;
        debtor->name = g_strdup(caller->name);
        debtor->uid = caller->uid;
        g_hash_table_insert(owed->by_name, debtor->name, debtor);
        return debtor;
}

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Debtor *debtor = userdata;
        Owed *owed = debtor->owed;
        uint32_t unread;
        int r = 0;

        debtor->slot = sd_bus_slot_unref(debtor->slot);
        for (OwedKind kind = 0; r >= 0 && kind < _OWED_KIND_MAX; kind++) {
                r = stats_read(reply, kinds[kind].key, &unread);
                if (r >= 0)
                        set_amount(debtor, kind,
                                   MIN(debtor->amount[kind] - debtor->since[kind], unread) +
                                                   debtor->since[kind]);
        }
        if (r == -ENOTSUP) {
                log_info("The bus does not tell what its clients have not read");
                owed->untold = true;
                g_hash_table_remove_all(owed->by_name);
        }
        owed->settled(owed->userdata);
        return 0;
}

static uint64_t now_usec(const Owed *owed) {
        uint64_t now;

        return sd_event_now(sd_bus_get_event(owed->bus), CLOCK_MONOTONIC, &now) < 0 ? 0 : now;
}

/* The last answer is of so short a time ago that another would say the same. */
static bool is_fresh(const Debtor *debtor, uint64_t now, uint64_t pause) {
        return debtor->asked && now - debtor->asked < pause && debtor->since[OWED_BYTES] < ASK_AGAIN_BYTES;
}

/* What jobd has sent before the question is with the bus when that answers. */
static bool ask(Debtor *debtor, uint64_t now, uint64_t pause) {
        Owed *owed = debtor->owed;

        if (debtor->slot || (debtor->amount[OWED_BYTES] == 0 && debtor->amount[OWED_FDS] == 0) ||
            is_fresh(debtor, now, pause))
                return false;
        debtor->asked = now;
        memset(debtor->since, 0, sizeof(debtor->since));
        return stats_ask(owed->bus, &debtor->slot, debtor->name, on_stats, debtor) >= 0;
}

void owed_ask(Owed *owed, const Caller *caller) {
        Debtor *own = g_hash_table_lookup(owed->by_name, caller->name);
        uint64_t now = now_usec(owed);
        GHashTableIter iter;
        gpointer debtor;
        guint n = 0;

        if (own)
                (void) ask(own, now, ASK_AGAIN_USEC);
        if (now - owed->swept < SWEEP_USEC)
                return;
        owed->swept = now;
        g_hash_table_iter_init(&iter, owed->by_name);
        while (n < SWEEP_MAX && g_hash_table_iter_next(&iter, NULL, &debtor))
                n += ask(debtor, now, ASK_REST_USEC);
}

void owed_add(Owed *owed, const Caller *caller, OwedKind kind, size_t amount) {
        Debtor *debtor;
        guint n = (guint) MIN(amount, OWED_MAX);

        if (owed->untold)
                return;
        debtor = debtor_get(owed, caller);
        debtor->since[kind] += n;
        set_amount(debtor, kind, debtor->amount[kind] + n);
}

/* A user may owe half as much as is left: the more there are who owe, the less each, and there is room for
 * one more. Root may owe all that is left, and has some that is left for him alone. */
static bool user_has_room(const Owed *owed, uid_t uid, OwedKind kind) {
        uint64_t max = uid == 0 ? kinds[kind].root_max : kinds[kind].max;
        uint64_t left = max - MIN(owed->total[kind], max);

        return tally_get(owed->by_uid[kind], uid) < (uid == 0 ? left : left / 2);
}

bool owed_has_room(const Owed *owed, const Caller *caller, OwedAnswer answer) {
        const Debtor *debtor;

        if (owed->untold)
                return true;
        if (answer == OWED_WITH_FD && !user_has_room(owed, caller->uid, OWED_FDS))
                return false;
        if (user_has_room(owed, caller->uid, OWED_BYTES))
                return true;
        debtor = g_hash_table_lookup(owed->by_name, caller->name);
        return answer != OWED_LARGE && (!debtor || debtor->amount[OWED_BYTES] < OWED_SMALL_MAX);
}

guint owed_of(const Owed *owed, const Caller *caller) {
        const Debtor *debtor = g_hash_table_lookup(owed->by_name, caller->name);

        return debtor ? debtor->amount[OWED_BYTES] : 0;
}

bool owed_is_told(const Owed *owed) {
        return !owed->untold;
}

uint64_t owed_total(const Owed *owed) {
        return owed->total[OWED_BYTES];
}

void owed_drop_client(Owed *owed, const char *name) {
        if (g_hash_table_remove(owed->by_name, name))
                owed->settled(owed->userdata);
}

Owed *owed_new(sd_bus *bus, void (*settled)(void *userdata), void *userdata) {
        Owed *owed = g_new0(Owed, 1);

        owed->bus = sd_bus_ref(bus);
        owed->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, debtor_free);
        for (OwedKind kind = 0; kind < _OWED_KIND_MAX; kind++)
                owed->by_uid[kind] = tally_new();
        owed->settled = settled;
        owed->userdata = userdata;
        return owed;
}

void owed_free(Owed *owed) {
        g_hash_table_unref(owed->by_name);
        for (OwedKind kind = 0; kind < _OWED_KIND_MAX; kind++)
                tally_free(owed->by_uid[kind]);
        sd_bus_unref(owed->bus);
        g_free(owed);
}
