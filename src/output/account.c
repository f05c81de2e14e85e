/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output/account.h"
#include "output/held.h"

#define GRANTS    16384U
#define GRANT_MIN (UINT64_C(64) * 1024)

static void account_free(gpointer p) {
        OutputAccount *account = p;

        held_clear(account);
        g_free(account);
}

int accounts_new(int state_dir, Accounts **ret) {
        g_auto(Fd) held_dir = held_open_dir(state_dir);

        if (held_dir < 0)
                return held_dir;
        *ret = g_new(Accounts, 1);
        **ret = (Accounts){
                .limit = UINT64_MAX,
                .by_owner = g_hash_table_new_full(NULL, NULL, NULL, account_free),
                .held_dir = fd_steal(&held_dir),
        };
        return 0;
}

void accounts_free(Accounts *accounts) {
        g_hash_table_unref(accounts->by_owner);
        fd_clear(&accounts->held_dir);
        g_free(accounts);
}

OutputAccount *accounts_of(Accounts *accounts, uid_t owner) {
        OutputAccount *account = g_hash_table_lookup(accounts->by_owner, GUINT_TO_POINTER(owner));

        if (account || owner == 0)
                return account;
        account = g_new0(OutputAccount, 1);
        account->all = accounts;
        g_hash_table_insert(accounts->by_owner, GUINT_TO_POINTER(owner), account);
        return account;
}

void account_open(OutputAccount *account, OutputState *state, uint64_t record_size) {
        state->account = account ? &account->sum : NULL;
        if (account)
                account->sum.bytes += output_state_disk(state) + record_size;
}

void account_close(OutputState *state, uint64_t record_size) {
        if (state->account)
                state->account->bytes -= output_state_disk(state) + record_size;
        state->account = NULL;
}

void account_change(const OutputState *state, uint64_t before) {
        if (state->account)
                state->account->bytes += output_state_disk(state) - before;
}

uint64_t account_room(const OutputState *state) {
        const OutputAccount *account = account_of(state);
        uint64_t others;

        if (!account)
                return UINT64_MAX;
        others = account->sum.bytes - output_state_disk(state);
        return account->all->limit > others ? account->all->limit - others : 0;
}

bool account_is_over(OutputAccount *account) {
        if (!account || account->sum.bytes <= account->all->limit)
                return false;
        held_check(account);
        return account->sum.bytes > account->all->limit;
}

uint64_t account_grant(const OutputState *state) {
        const OutputAccount *account = account_of(state);
        uint64_t limit, free, grant;

        if (!account)
                return UINT64_MAX;
        limit = account->all->limit;
        free = limit > account->sum.bytes ? limit - account->sum.bytes : 0;
        grant = MIN(free, MAX(limit / GRANTS, GRANT_MIN));
        return state->unread == 0 ? MAX(grant, GRANT_MIN) : grant;
}
