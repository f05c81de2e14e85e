/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/dict.h"
#include "base/log.h"
#include "base/tally.h"
#include "bus/owed.h"

#define ASK_AGAIN_USEC UINT64_C(50000)  /* about the connection that waits for the answer */
#define ASK_REST_USEC  UINT64_C(250000) /* about the others */
#define SWEEP_USEC     UINT64_C(10000)
#define SWEEP_MAX      8U

struct Owed {
        sd_bus *bus;
        GHashTable *by_name; /* of Debtor */
        Tally *by_uid;       /* bytes */
        uint64_t total;
        uint64_t swept;
        bool untold; /* the bus does not tell */
        void (*settled)(void *userdata);
        void *userdata;
};

typedef struct Debtor {
        Owed *owed;
        char *name;
        uid_t uid;
        guint bytes;
        guint since;    /* of them, those sent after the bus was asked */
        uint64_t asked; /* when */
        sd_bus_slot *slot;
} Debtor;

/* Tallies and debtors count in guint: nobody comes near its end, and if he did, he owes enough. */
static void set_bytes(Debtor *debtor, guint bytes) {
        Owed *owed = debtor->owed;

        tally_subtract(owed->by_uid, debtor->uid, debtor->bytes);
        owed->total -= debtor->bytes;
        debtor->bytes = MIN(bytes, G_MAXUINT - tally_get(owed->by_uid, debtor->uid));
        tally_add(owed->by_uid, debtor->uid, debtor->bytes);
        owed->total += debtor->bytes;
}

static void debtor_free(gpointer p) {
        Debtor *debtor = p;

        set_bytes(debtor, 0);
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

typedef struct Stats {
        bool known;
        uint32_t unread; /* bytes that it has not taken from the bus, whoever sent them */
} Stats;

static int read_stats(sd_bus_message *m, const char *name, void *userdata) {
        Stats *stats = userdata;
        int r;

        if (!g_str_equal(name, "OutgoingBytes"))
                return sd_bus_message_skip(m, "v");
        r = sd_bus_message_read(m, "v", "u", &stats->unread);
        stats->known = r >= 0;
        return r;
}

/* The bus has no such thing, or not for jobd; any other error is about this question alone. */
static bool is_untold(const sd_bus_error *error) {
        static const char *const names[] = { SD_BUS_ERROR_UNKNOWN_METHOD, SD_BUS_ERROR_UNKNOWN_INTERFACE,
                                             SD_BUS_ERROR_UNKNOWN_OBJECT, SD_BUS_ERROR_ACCESS_DENIED };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (sd_bus_error_has_name(error, names[i]))
                        return true;
        return false;
}

static void give_up(Owed *owed, const char *why) {
        log_info("The bus does not tell what its clients have not read: %s", why);
        owed->untold = true;
        g_hash_table_remove_all(owed->by_name);
}

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Debtor *debtor = userdata;
        Owed *owed = debtor->owed;
        Stats stats = { 0 };

        debtor->slot = sd_bus_slot_unref(debtor->slot);
        if (!error && (dict_read(reply, read_stats, &stats) < 0 || !stats.known))
                give_up(owed, "OutgoingBytes is missing");
        else if (!error)
                set_bytes(debtor, MIN(debtor->bytes - debtor->since, stats.unread) + debtor->since);
        else if (is_untold(error))
                give_up(owed, error->message);
        owed->settled(owed->userdata);
        return 0;
}

static uint64_t now_usec(const Owed *owed) {
        uint64_t now;

        return sd_event_now(sd_bus_get_event(owed->bus), CLOCK_MONOTONIC, &now) < 0 ? 0 : now;
}

/* What jobd has sent before the question is with the bus when that answers. */
static bool ask(Debtor *debtor, uint64_t now, uint64_t pause) {
        Owed *owed = debtor->owed;

        if (debtor->slot || debtor->bytes == 0 || (debtor->asked && now - debtor->asked < pause))
                return false;
        debtor->asked = now;
        debtor->since = 0;
        return sd_bus_call_method_async(owed->bus, &debtor->slot, "org.freedesktop.DBus",
                                        "/org/freedesktop/DBus", "org.freedesktop.DBus.Debug.Stats",
                                        "GetConnectionStats", on_stats, debtor, "s", debtor->name) >= 0;
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

void owed_add(Owed *owed, const Caller *caller, size_t bytes) {
        Debtor *debtor;

        if (owed->untold)
                return;
        debtor = debtor_get(owed, caller);
        bytes = MIN(bytes, OWED_MAX);
        debtor->since += (guint) bytes;
        set_bytes(debtor, debtor->bytes + (guint) bytes);
}

/* A user may owe half as much as is left: the more there are who owe, the less each, and there is room for one more.
 * Root may owe all that is left, and has some that is left for him alone. */
static bool user_has_room(const Owed *owed, uid_t uid) {
        uint64_t max = uid == 0 ? OWED_ROOT_MAX : OWED_MAX;
        uint64_t left = max - MIN(owed->total, max);

        return tally_get(owed->by_uid, uid) < (uid == 0 ? left : left / 2);
}

bool owed_has_room(const Owed *owed, const Caller *caller, bool large) {
        const Debtor *debtor;

        if (owed->untold || user_has_room(owed, caller->uid))
                return true;
        debtor = g_hash_table_lookup(owed->by_name, caller->name);
        return !large && (!debtor || debtor->bytes < OWED_SMALL_MAX);
}

void owed_drop_client(Owed *owed, const char *name) {
        if (g_hash_table_remove(owed->by_name, name))
                owed->settled(owed->userdata);
}

Owed *owed_new(sd_bus *bus, void (*settled)(void *userdata), void *userdata) {
        Owed *owed = g_new0(Owed, 1);

        owed->bus = sd_bus_ref(bus);
        owed->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, debtor_free);
        owed->by_uid = tally_new();
        owed->settled = settled;
        owed->userdata = userdata;
        return owed;
}

void owed_free(Owed *owed) {
        g_hash_table_unref(owed->by_name);
        tally_free(owed->by_uid);
        sd_bus_unref(owed->bus);
        g_free(owed);
}
