/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "polkit.h"

#define NAME "org.freedesktop.PolicyKit1"
#define PATH "/org/freedesktop/PolicyKit1/Authority"

FakePolkit polkit;

static void answer(sd_bus_message *call, PolkitSays says) {
        g_autoptr(sd_bus_message) reply = NULL;

        if (says == SAYS_ERROR) {
                ck_assert_int_ge(sd_bus_reply_method_errorf(call, NAME ".Error.Failed", "the cat is on it"),
                                 0);
                return;
        }
        ck_assert_int_ge(sd_bus_message_new_method_return(call, &reply), 0);
        ck_assert_int_ge(sd_bus_message_append(reply, "(bba{ss})", says == SAYS_YES, says == SAYS_CHALLENGE,
                                               says == SAYS_DISMISSED ? 1 : 0, "polkit.dismissed", "true"),
                         0);
        ck_assert_int_ge(sd_bus_send(polkit.bus, reply, NULL), 0);
}

static void check(sd_bus_message *call) {
        const char *kind, *key, *value, *sender, *action, *id;
        GString *text = g_string_new(NULL);
        uint32_t flags;

        ck_assert_int_gt(sd_bus_message_read(call, "(sa{sv})s", &kind, 1, &key, "s", &sender, &action), 0);
        ck_assert_str_eq(kind, "system-bus-name");
        ck_assert_str_eq(key, "name");
        ck_assert_int_eq(sender[0], ':');
        g_string_append(text, action);
        ck_assert_int_gt(sd_bus_message_enter_container(call, 'a', "{ss}"), 0);
        while (sd_bus_message_read(call, "{ss}", &key, &value) > 0)
                g_string_append_printf(text, " %s=%s", key, value);
        ck_assert_int_ge(sd_bus_message_exit_container(call), 0);
        ck_assert_int_gt(sd_bus_message_read(call, "us", &flags, &id), 0);
        ck_assert_int_ne(id[0], '\0');
        if (flags & 1)
                g_string_append(text, " interactive");
        if (polkit.says == SAYS_NOTHING)
                g_ptr_array_add(polkit.held, sd_bus_message_ref(call));
        else
                answer(call, polkit.no_for && strcmp(action, polkit.no_for) == 0 ? SAYS_NO : polkit.says);
        g_ptr_array_add(polkit.questions, g_string_free(text, FALSE));
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        if (sd_bus_message_is_method_call(m, NAME ".Authority", "CheckAuthorization") > 0) {
                check(m);
                return 1;
        }
        if (sd_bus_message_is_method_call(m, NAME ".Authority", "CancelCheckAuthorization") > 0) {
                polkit.n_cancelled++;
                return 1;
        }
        return 0;
}

static void message_unref(gpointer p) {
        sd_bus_message_unref(p);
}

void polkit_setup(void) {
        ck_assert(g_setenv("DBUS_SYSTEM_BUS_ADDRESS", g_getenv("DBUS_SESSION_BUS_ADDRESS"), TRUE));
        memset(&polkit, 0, sizeof(polkit));
        polkit.questions = g_ptr_array_new_with_free_func(g_free);
        polkit.held = g_ptr_array_new_with_free_func(message_unref);
        polkit.bus = bus_connect(0);
        ck_assert_int_ge(sd_bus_add_filter(polkit.bus, NULL, on_message, NULL), 0);
        ck_assert_int_ge(sd_bus_request_name(polkit.bus, NAME, 0), 0);
}

void polkit_teardown(void) {
        sd_bus_flush_close_unref(polkit.bus);
        g_ptr_array_unref(polkit.questions);
        g_ptr_array_unref(polkit.held);
}

void polkit_answer(PolkitSays says) {
        ck_assert_uint_gt(polkit.held->len, 0);
        answer(g_ptr_array_index(polkit.held, 0), says);
        g_ptr_array_remove_index(polkit.held, 0);
}
