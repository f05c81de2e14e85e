/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/retry.h"
#include "base/tally.h"
#include "bus/receipts.h"
#include "bus/unread-stats.h"

/* While somebody has not taken his answer. */
static const RetryPause ask_again = { .min = 10000, .max = 500000 };

struct Receipts {
        sd_bus *bus;
        JobMap *by_job; /* id → Receipt */
        Tally *by_uid;
        Retry *retry;
        void (*settled)(JobId id, uint64_t to, bool taken, void *userdata);
        void *userdata;
};

typedef struct Receipt {
        Receipts *all;
        char *client;
        uid_t uid;
        JobId id;
        uint64_t to, deadline;
        uint64_t cookie;   /* of the answer */
        bool undelivered;  /* there was nobody for it, or it was seen to be not taken yet */
        bool gone;         /* the client has left */
        sd_bus_slot *slot; /* the question */
} Receipt;

static void receipt_free(gpointer p) {
        Receipt *receipt = p;

        tally_subtract(receipt->all->by_uid, receipt->uid, 1);
        sd_bus_slot_unref(receipt->slot);
        g_free(receipt->client);
        g_free(receipt);
}

static void settle(Receipt *receipt, bool taken) {
        Receipts *all = receipt->all;
        uint64_t to = receipt->to;
        JobId id = receipt->id;

        job_map_remove(all->by_job, id);
        all->settled(id, to, taken, all->userdata);
}

static uint64_t now_usec(const Receipts *receipts) {
        uint64_t now;

        return sd_event_now(sd_bus_get_event(receipts->bus), CLOCK_MONOTONIC, &now) < 0 ? 0 : now;
}

static int on_stats(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Receipt *receipt = userdata;
        Receipts *all = receipt->all;
        uint32_t unread;
        int r = unread_stats_read(reply, UNREAD_STATS_BYTES, &unread);

        receipt->slot = sd_bus_slot_unref(receipt->slot);
        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                settle(receipt, !receipt->undelivered);
        else if (r == -ENOTSUP)
                /* such a bus tells nothing. Whoever has left meanwhile has done so with his answer, as
                 * busctl does: of one who left before, jobd had heard when it answered */
                settle(receipt, !receipt->undelivered);
        else if (r >= 0 && unread == 0)
                settle(receipt, true);
        else if (receipt->gone || now_usec(all) >= receipt->deadline)
                settle(receipt, false);
        else {
                receipt->undelivered = true;
                retry_later(all->retry);
        }
        return 0;
}

static void ask(Receipt *receipt) {
        if (!receipt->slot &&
            unread_stats_ask(receipt->all->bus, &receipt->slot, receipt->client, on_stats, receipt) < 0)
                retry_later(receipt->all->retry);
}

/* True: nobody is waited for. */
static bool ask_all(void *userdata) {
        Receipts *receipts = userdata;
        GHashTableIter iter;
        gpointer receipt;

        g_hash_table_iter_init(&iter, receipts->by_job);
        while (g_hash_table_iter_next(&iter, NULL, &receipt))
                ask(receipt);
        return g_hash_table_size(receipts->by_job) == 0;
}

void receipts_add(Receipts *receipts, const Caller *caller, JobId id, uint64_t to, sd_bus_message *answer) {
        Receipt *receipt = g_new(Receipt, 1);

        *receipt = (Receipt){
                .all = receipts,
                .client = g_strdup(caller->name),
                .uid = caller->uid,
                .id = id,
                .to = to,
                .deadline = now_usec(receipts) + RECEIPT_PATIENCE_USEC,
        };
        (void) sd_bus_message_get_cookie(answer, &receipt->cookie);
        tally_add(receipts->by_uid, receipt->uid, 1);
        job_map_set(receipts->by_job, id, receipt);
        ask(receipt);
}

bool receipts_have_room(const Receipts *receipts, const Caller *caller) {
        return g_hash_table_size(receipts->by_job) < RECEIPTS_MAX &&
               (caller->uid == 0 || tally_get(receipts->by_uid, caller->uid) < USER_RECEIPTS_MAX);
}

const char *receipts_client(const Receipts *receipts, JobId id) {
        const Receipt *receipt = job_map_get(receipts->by_job, id);

        return receipt ? receipt->client : NULL;
}

void receipts_look_at(Receipts *receipts, sd_bus_message *m) {
        const char *sender = sd_bus_message_get_sender(m);
        GHashTableIter iter;
        gpointer receipt;
        uint64_t cookie;

        if (g_hash_table_size(receipts->by_job) == 0 || !sd_bus_message_is_method_error(m, NULL) ||
            !sender || strcmp(sender, "org.freedesktop.DBus") != 0 ||
            sd_bus_message_get_reply_cookie(m, &cookie) < 0)
                return;
        g_hash_table_iter_init(&iter, receipts->by_job);
        while (g_hash_table_iter_next(&iter, NULL, &receipt))
                if (((const Receipt *) receipt)->cookie == cookie)
                        ((Receipt *) receipt)->undelivered = true;
}

/* The question that is under way is answered soon, and tells whether the answer went before. */
void receipts_drop_client(Receipts *receipts, const char *name) {
        GHashTableIter iter;
        gpointer p;

        g_hash_table_iter_init(&iter, receipts->by_job);
        while (g_hash_table_iter_next(&iter, NULL, &p)) {
                Receipt *receipt = p;

                if (strcmp(receipt->client, name) != 0)
                        continue;
                receipt->gone = true;
                ask(receipt);
        }
}

Receipts *receipts_new(sd_bus *bus, void (*settled)(JobId id, uint64_t to, bool taken, void *userdata),
                       void *userdata) {
        Receipts *receipts = g_new0(Receipts, 1);

        receipts->bus = sd_bus_ref(bus);
        receipts->by_job = job_map_new(receipt_free);
        receipts->by_uid = tally_new();
        receipts->retry = retry_new(sd_bus_get_event(bus), "The question whether answers are read",
                                    &ask_again, ask_all, receipts);
        receipts->settled = settled;
        receipts->userdata = userdata;
        return receipts;
}

void receipts_free(Receipts *receipts) {
        retry_free(receipts->retry);
        g_hash_table_unref(receipts->by_job);
        tally_free(receipts->by_uid);
        sd_bus_unref(receipts->bus);
        g_free(receipts);
}
