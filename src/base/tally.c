/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tally.h"

Tally *tally_new(void) {
        return g_hash_table_new(NULL, NULL);
}

void tally_free(Tally *tally) {
        g_hash_table_unref(tally);
}

guint tally_get(Tally *tally, uid_t uid) {
        return GPOINTER_TO_UINT(g_hash_table_lookup(tally, GUINT_TO_POINTER(uid)));
}

static void set(Tally *tally, uid_t uid, guint n) {
        if (n > 0)
                g_hash_table_insert(tally, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(n));
        else
                g_hash_table_remove(tally, GUINT_TO_POINTER(uid));
}

void tally_add(Tally *tally, uid_t uid, guint n) {
        set(tally, uid, tally_get(tally, uid) + n);
}

void tally_subtract(Tally *tally, uid_t uid, guint n) {
        g_return_if_fail(n <= tally_get(tally, uid));

        set(tally, uid, tally_get(tally, uid) - n);
}
