/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <stdbool.h>

#include "base/dict.h"
#include "bus/unread-stats.h"

typedef struct Wanted {
        const char *key;
        uint32_t *value;
        bool found;
} Wanted;

int unread_stats_ask(sd_bus *bus, sd_bus_slot **slot, const char *name, sd_bus_message_handler_t on_answer,
                     void *userdata) {
        return sd_bus_call_method_async(bus, slot, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus.Debug.Stats", "GetConnectionStats", on_answer,
                                        userdata, "s", name);
}

static int read_entry(sd_bus_message *m, const char *name, void *userdata) {
        Wanted *wanted = userdata;

        if (!g_str_equal(name, wanted->key))
                return sd_bus_message_skip(m, "v");
        wanted->found = true;
        return sd_bus_message_read(m, "v", "u", wanted->value);
}

/* Everything else says that the bus has no such thing, or not for jobd; buses have many words for that. */
static bool is_passing(const sd_bus_error *error) {
        static const char *const names[] = {
                SD_BUS_ERROR_NAME_HAS_NO_OWNER, /* the client has left */
                SD_BUS_ERROR_NO_REPLY,          SD_BUS_ERROR_TIMEOUT,   SD_BUS_ERROR_DISCONNECTED,
                SD_BUS_ERROR_LIMITS_EXCEEDED,   SD_BUS_ERROR_NO_MEMORY,
        };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                if (sd_bus_error_has_name(error, names[i]))
                        return true;
        return false;
}

int unread_stats_read(sd_bus_message *reply, const char *key, uint32_t *ret) {
        const sd_bus_error *error = sd_bus_message_get_error(reply);
        Wanted wanted = { .key = key, .value = ret };

        if (error)
                return is_passing(error) ? -EAGAIN : -ENOTSUP;
        if (sd_bus_message_rewind(reply, true) < 0)
                return -EAGAIN;
        return dict_read(reply, read_entry, &wanted) < 0 || !wanted.found ? -ENOTSUP : 0;
}
