/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "base/user.h"
#include "bus/answers.h"
#include "bus/backlog.h"
#include "bus/door.h"
#include "bus/internal.h"
#include "bus/turns.h"

/* Before all handlers: who may have how many calls wait. */

#define CALLS_MAX          8192U /* that wait, of all users; root: no limit by others */
#define SIZE_MAX_OF_ALL    (128U * 1024U * 1024U)
#define STRANGERS_SIZE_MAX (64U * 1024U * 1024U) /* of all whose user is not known yet */

struct Backlog {
        BusServer *server;
        Turns *turns;
        GHashTable *refused; /* strangers → how often; nobody accounts for those answers */
};

static bool is_too_much(CallLoad load, const BusCall *more) {
        return load.n_calls >= HELD_CALLS_MAX || load.size + more->load.size > HELD_SIZE_MAX ||
               load.n_fds + more->load.n_fds > HELD_FDS_MAX;
}

static bool is_full(const Backlog *backlog, const BusCall *more, uid_t uid) {
        const BusCalls *calls = backlog->server->calls;
        CallLoad all = bus_calls_of_all(calls, CALL_WAITS_FOR_TURN);

        if (uid != 0 && (all.n_calls >= CALLS_MAX || all.size + more->load.size > SIZE_MAX_OF_ALL))
                return true;
        return is_too_much(bus_calls_of_user(calls, CALL_WAITS_FOR_TURN, uid), more);
}

/* Takes the call. */
static int hold(Backlog *backlog, BusCall *taken, const Caller *caller, sd_bus_error *error) {
        g_autoptr(BusCall) call = taken;
        bool answers = sd_bus_message_get_expect_reply(call->message) > 0;

        if (!is_full(backlog, call, caller->uid)) {
                turns_add(backlog->turns, caller->uid, g_steal_pointer(&call), false);
                return 1;
        }
        /* even an error would be one more that is not read */
        if (!answers || !unread_has_room(backlog->server->unread, caller, ANSWER_SMALL))
                return 1;
        answer_account_error(backlog->server, caller);
        return error_setf(
                        error, -JOBD_E_LIMIT_EXCEEDED,
                        "More than %u calls or %u MiB of user %u, or %u calls in all, wait: try again when "
                        "answers have been read",
                        HELD_CALLS_MAX, HELD_SIZE_MAX >> 20, (unsigned) caller->uid, CALLS_MAX);
}

static bool count_refusal(Backlog *backlog, const char *name) {
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(backlog->refused, name));

        if (n >= HELD_CALLS_MAX)
                return false;
        g_hash_table_insert(backlog->refused, g_strdup(name), GUINT_TO_POINTER(n + 1));
        return true;
}

/* Takes the call. */
static int hold_stranger(Backlog *backlog, BusCall *taken, sd_bus_error *error) {
        const char *name = sd_bus_message_get_sender(taken->message);
        BusCalls *calls = backlog->server->calls;
        g_autoptr(BusCall) call = taken;

        if (!is_too_much(bus_calls_of_client(calls, CALL_WAITS_FOR_CALLER, name), call) &&
            bus_calls_of_all(calls, CALL_WAITS_FOR_CALLER).size + call->load.size <= STRANGERS_SIZE_MAX) {
                bus_call_enter(calls, g_steal_pointer(&call), CALL_WAITS_FOR_CALLER, UID_INVALID);
                return 1;
        }
        /* an honest client does not begin like that */
        if (!count_refusal(backlog, name))
                return 1;
        return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                          "More than %u calls, or %u MiB, before the first answer", HELD_CALLS_MAX,
                          HELD_SIZE_MAX >> 20);
}

static void answer_stranger(BusCall *call) {
        (void) sd_bus_reply_method_errorf(call->message, JOBD_ERROR_PREFIX "AccessDenied",
                                          "The bus does not say whose call this is");
        bus_call_free(call);
}

void backlog_know_client(Backlog *backlog, const char *name, bool known) {
        BusCall *call;

        (void) g_hash_table_remove(backlog->refused, name);
        while ((call = bus_calls_first(backlog->server->calls, CALL_WAITS_FOR_CALLER, name))) {
                g_autoptr(sd_bus_message) message = sd_bus_message_ref(call->message);
                const Caller *caller = caller_find(backlog->server->callers, message);
                g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

                bus_call_leave(call);
                if (!known || !caller)
                        answer_stranger(call);
                else if (hold(backlog, call, caller, &error) < 0)
                        (void) sd_bus_reply_method_error(message, &error);
        }
}

/* There is no room for it, and nobody to be told: at once, as there may be very many. */
static bool is_in_vain(const Backlog *backlog, sd_bus_message *call) {
        const Caller *caller = caller_find(backlog->server->callers, call);

        return caller && sd_bus_message_get_expect_reply(call) <= 0 &&
               bus_calls_of_user(backlog->server->calls, CALL_WAITS_FOR_TURN, caller->uid).n_calls >=
                               HELD_CALLS_MAX;
}

int backlog_filter(Backlog *backlog, sd_bus_message *m, sd_bus_error *error) {
        g_autoptr(BusCall) call = NULL;
        const Caller *caller;
        int r;

        if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0)
                return 0;
        if (turns_take(backlog->turns, m)) {
                answer_account(backlog->server, m);
                return 0;
        }
        if (is_in_vain(backlog, m))
                return 1;
        r = door_take(m, &call);
        if (r > 0)
                r = caller_get(backlog->server->callers, m, &caller, error);
        else if (r == 0)
                return 1;
        if (r < 0)
                return r;
        return r > 0 ? hold(backlog, g_steal_pointer(&call), caller, error)
                     : hold_stranger(backlog, g_steal_pointer(&call), error);
}

int backlog_again(Backlog *backlog, sd_bus_message *call) {
        const Caller *caller = caller_find(backlog->server->callers, call);

        if (!caller)
                return -ENXIO;
        /* who kept it has accounted for it */
        turns_add(backlog->turns, caller->uid, bus_call_new(sd_bus_message_ref(call), 0, 0), true);
        return 0;
}

int backlog_keep(Backlog *backlog, sd_bus_message *call, sd_bus_message **ret) {
        if (turns_is_original(backlog->turns))
                return door_copy_original(call, ret);
        *ret = sd_bus_message_ref(call);
        return 0;
}

void backlog_drop_client(Backlog *backlog, const char *name) {
        (void) g_hash_table_remove(backlog->refused, name);
        turns_wake(backlog->turns);
}

void backlog_look_again(Backlog *backlog) {
        turns_look_again(backlog->turns);
}

int bus_handle_again(BusServer *server, sd_bus_message *call) {
        return backlog_again(server->backlog, call);
}

int backlog_new(BusServer *server, Backlog **ret) {
        g_autoptr(Backlog) backlog = g_new0(Backlog, 1);
        int r;

        backlog->server = server;
        backlog->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        bus_calls_set_place(server->calls, CALL_WAITS_FOR_CALLER, bus_call_free);
        r = turns_new(server, &backlog->turns);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&backlog);
        return 0;
}

void backlog_free(Backlog *backlog) {
        g_clear_pointer(&backlog->turns, turns_free);
        g_hash_table_unref(backlog->refused);
        g_free(backlog);
}
