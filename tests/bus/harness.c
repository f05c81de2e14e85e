/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

sd_event *loop;

void loop_setup(void) {
        ck_assert_int_ge(sd_event_new(&loop), 0);
}

void loop_teardown(void) {
        loop = sd_event_unref(loop);
}

void loop_turn(void) {
        ck_assert_int_ge(sd_event_run(loop, UINT64_MAX), 0);
}

bool have_users(void) {
        return geteuid() == 0;
}

sd_bus *bus_connect(uid_t uid) {
        sd_bus *bus = NULL;

        ck_assert_int_ge(sd_bus_new(&bus), 0);
        ck_assert_int_ge(sd_bus_set_address(bus, g_getenv("DBUS_SESSION_BUS_ADDRESS")), 0);
        ck_assert_int_ge(sd_bus_set_bus_client(bus, true), 0);
        ck_assert_int_ge(sd_bus_negotiate_fds(bus, true), 0);
        /* the bus takes the user from the socket, as it was when connecting */
        if (uid != 0)
                ck_assert_int_eq(seteuid(uid), 0);
        ck_assert_int_ge(sd_bus_start(bus), 0);
        if (uid != 0)
                ck_assert_int_eq(seteuid(0), 0);
        ck_assert_int_ge(sd_bus_attach_event(bus, loop, 0), 0);
        while (sd_bus_is_ready(bus) == 0)
                loop_turn();
        ck_assert_int_gt(sd_bus_is_ready(bus), 0);
        return bus;
}

static int on_pong(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        bool *done = userdata;

        *done = true;
        return 0;
}

void bus_settle(sd_bus *bus, const char *peer) {
        bool done = false;

        ck_assert_int_ge(sd_bus_call_method_async(bus, NULL, peer, "/", "org.freedesktop.DBus.Peer", "Ping",
                                                  on_pong, &done, NULL),
                         0);
        loop_until(done);
}

void forge_owner(sd_bus *bus, const char *destination, const char *name, const char *owner) {
        g_autoptr(sd_bus_message) m = NULL;

        ck_assert_int_ge(sd_bus_message_new_signal(bus, &m, "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                                   "NameOwnerChanged"),
                         0);
        ck_assert_int_ge(sd_bus_message_append(m, "sss", name, name, owner), 0);
        ck_assert_int_ge(sd_bus_send_to(bus, m, destination, NULL), 0);
}

static void append_argument(GString *text, sd_bus_message *m, char type) {
        union {
                const char *s;
                uint64_t t;
                int64_t x;
                uint32_t u;
                int32_t i;
                int b;
        } value = {};

        ck_assert_int_gt(sd_bus_message_read_basic(m, type, &value), 0);
        if (strchr("sog", type))
                g_string_append(text, value.s);
        else if (type == 't')
                g_string_append_printf(text, "%" G_GUINT64_FORMAT, value.t);
        else if (type == 'u')
                g_string_append_printf(text, "%u", value.u);
        else if (type == 'i')
                g_string_append_printf(text, "%i", value.i);
        else if (type == 'b')
                g_string_append(text, value.b ? "true" : "false");
        else
                ck_abort_msg("arguments of type %c are not read", type);
}

static gint compare_words(gconstpointer a, gconstpointer b) {
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void append_sorted(GString *text, GPtrArray *names) {
        g_autofree char *joined = NULL;

        g_ptr_array_sort(names, compare_words);
        g_ptr_array_add(names, NULL);
        joined = g_strjoinv(",", (char **) names->pdata);
        g_string_append(text, joined);
}

static void describe_changes(GString *text, sd_bus_message *m) {
        g_autoptr(GPtrArray) changed = g_ptr_array_new(), invalidated = g_ptr_array_new();
        const char *name;

        ck_assert_int_gt(sd_bus_message_skip(m, "s"), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "{sv}"), 0);
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                ck_assert_int_gt(sd_bus_message_read(m, "s", &name), 0);
                g_ptr_array_add(changed, (gpointer) name);
                ck_assert_int_gt(sd_bus_message_skip(m, "v"), 0);
                ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(m, 'a', "s"), 0);
        while (sd_bus_message_read(m, "s", &name) > 0)
                g_ptr_array_add(invalidated, (gpointer) name);
        g_string_append_printf(text, " %s ", sd_bus_message_get_path(m));
        append_sorted(text, changed);
        g_string_append(text, " [");
        append_sorted(text, invalidated);
        g_string_append_c(text, ']');
}

static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *member = sd_bus_message_get_member(m), *types = sd_bus_message_get_signature(m, true);
        GString *text = g_string_new(member);
        Client *client = userdata;

        if (strcmp(member, "PropertiesChanged") == 0)
                describe_changes(text, m);
        else
                for (; *types; types++) {
                        g_string_append_c(text, ' ');
                        append_argument(text, m, *types);
                }
        g_ptr_array_add(client->events, g_string_free(text, FALSE));
        return 0;
}

static int on_installed(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Client *client = userdata;

        ck_assert(!sd_bus_message_is_method_error(reply, NULL));
        g_ptr_array_add(client->events, g_strdup("watching"));
        return 0;
}

Client *client_new(const char *peer, uid_t uid, bool watch) {
        Client *client = g_new0(Client, 1);
        g_autofree char *rule = g_strdup_printf("type='signal',sender='%s'", peer);

        client->bus = bus_connect(uid);
        client->peer = peer;
        client->events = g_ptr_array_new_with_free_func(g_free);
        if (watch) {
                ck_assert_int_ge(sd_bus_add_match_async(client->bus, &client->match, rule, on_signal,
                                                        on_installed, client),
                                 0);
                while (client->events->len == 0)
                        loop_turn();
                g_ptr_array_set_size(client->events, 0);
        }
        return client;
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const Client *client = userdata;

        if (sd_bus_message_is_signal(m, NULL, NULL) > 0 && sd_bus_message_get_destination(m) &&
            g_strcmp0(sd_bus_message_get_sender(m), client->peer) == 0)
                return on_signal(m, userdata, error);
        return 0;
}

void client_take_addressed(Client *client) {
        ck_assert_int_ge(sd_bus_add_filter(client->bus, &client->filter, on_message, client), 0);
}

void client_free(Client *client) {
        sd_bus_slot_unref(client->filter);
        sd_bus_slot_unref(client->match);
        sd_bus_flush_close_unref(client->bus);
        g_ptr_array_unref(client->events);
        g_free(client);
}

const char *client_event(const Client *client, const char *prefix, guint i) {
        for (guint k = 0; k < client->events->len; k++)
                if (g_str_has_prefix(g_ptr_array_index(client->events, k), prefix) && i-- == 0)
                        return g_ptr_array_index(client->events, k);
        return NULL;
}

guint client_n_events(const Client *client, const char *prefix) {
        guint n = 0;

        while (client_event(client, prefix, n))
                n++;
        return n;
}

int client_event_place(const Client *client, const char *prefix) {
        for (guint k = 0; k < client->events->len; k++)
                if (g_str_has_prefix(g_ptr_array_index(client->events, k), prefix))
                        return (int) k;
        return -1;
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Call *call = userdata;

        call->reply = sd_bus_message_ref(reply);
        call->slot = sd_bus_slot_unref(call->slot);
        g_ptr_array_add(call->client->events, g_strdup_printf("reply %s", call->member));
        return 0;
}

sd_bus_message *call_new(Client *client, const char *path, const char *interface, const char *member) {
        sd_bus_message *m = NULL;

        ck_assert_int_ge(sd_bus_message_new_method_call(client->bus, &m, client->peer, path, interface,
                                                        member),
                         0);
        return m;
}

/* Takes the message. */
Call *call_send(Client *client, sd_bus_message *m) {
        Call *call = g_new0(Call, 1);

        call->client = client;
        call->member = g_strdup(sd_bus_message_get_member(m));
        ck_assert_int_ge(sd_bus_call_async(client->bus, &call->slot, m, on_reply, call, UINT64_MAX), 0);
        sd_bus_message_unref(m);
        return call;
}

void call_free(Call *call) {
        sd_bus_slot_unref(call->slot);
        sd_bus_message_unref(call->reply);
        g_free(call->member);
        g_free(call);
}

sd_bus_message *call_wait(Call *call) {
        while (!call->reply)
                loop_turn();
        return call->reply;
}

sd_bus_message *call_message(Client *client, sd_bus_message *m) {
        g_autoptr(Call) call = call_send(client, m);

        return sd_bus_message_ref(call_wait(call));
}

sd_bus_message *call_sync(Client *client, const char *path, const char *interface, const char *member,
                          const char *types, ...) {
        sd_bus_message *m = call_new(client, path, interface, member);
        va_list ap;

        va_start(ap, types);
        ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
        va_end(ap);
        return call_message(client, m);
}

Call *call_async(Client *client, const char *path, const char *interface, const char *member,
                 const char *types, ...) {
        sd_bus_message *m = call_new(client, path, interface, member);
        va_list ap;

        va_start(ap, types);
        ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
        va_end(ap);
        return call_send(client, m);
}

void assert_error(sd_bus_message *reply, const char *name, const char *text) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        g_autofree char *full = g_strconcat(strchr(name, '.') ? "" : JOBD_ERROR_PREFIX, name, NULL);

        ck_assert_msg(error, "a reply, not the error %s", full);
        ck_assert_msg(strcmp(error->name, full) == 0, "%s (%s), not %s", error->name, error->message, full);
        ck_assert_msg(strstr(error->message, text), "'%s' does not say '%s'", error->message, text);
}

void assert_ok(sd_bus_message *reply) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);

        if (error)
                ck_abort_msg("%s: %s", error->name, error->message);
}

char *get_property(Client *client, const char *path, const char *interface, const char *name) {
        g_autoptr(sd_bus_message) reply = call_sync(client, path, "org.freedesktop.DBus.Properties", "Get",
                                                    "ss", interface, name);
        GString *text = g_string_new(NULL);
        const char *contents;
        char type;

        assert_ok(reply);
        ck_assert_int_gt(sd_bus_message_peek_type(reply, &type, &contents), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'v', contents), 0);
        append_argument(text, reply, contents[0]);
        return g_string_free(text, FALSE);
}
