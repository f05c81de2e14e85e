/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "base/log.h"
#include "base/peer.h"
#include "bus/arrivals.h"

struct Arrivals {
        GHashTable *by_name; /* unique name → µs */
        uint64_t since;
        Peer *driver; /* the bus */
};

static uint64_t clock_now(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_BOOTTIME, &now);
        return (uint64_t) now.tv_sec * 1000000 + (uint64_t) now.tv_nsec / 1000;
}

static int on_arrival(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        Arrivals *arrivals = userdata;
        uint64_t *now;
        const char *name;

        if (sd_bus_message_read(m, "s", &name) < 0 || name[0] != ':')
                return 0;
        now = g_new(uint64_t, 1);
        *now = clock_now();
        g_hash_table_insert(arrivals->by_name, g_strdup(name), now);
        return 0;
}

/* From here on none comes unseen. */
static void on_ready(void *userdata) {
        Arrivals *arrivals = userdata;

        arrivals->since = clock_now();
}

/* Whoever comes then counts as one that was there before: its process is not free if it is younger than
 * jobd. */
static void on_failed(const sd_bus_error *error, void *userdata) {
        log_warning("Cannot watch who comes to the bus: %s", error->message);
}

int arrivals_new(sd_bus *bus, Arrivals **ret) {
        static const PeerHandler handler = { .ready = on_ready, .failed = on_failed };
        g_autoptr(Arrivals) arrivals = g_new0(Arrivals, 1);
        int r;

        arrivals->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        arrivals->since = clock_now();
        r = peer_new(bus, PEER_BUS, &handler, arrivals, &arrivals->driver);
        if (r >= 0) /* arg1 is the owner before */
                r = peer_watch(arrivals->driver,
                               "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                               "path='/org/freedesktop/DBus',arg1=''",
                               on_arrival, arrivals);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&arrivals);
        return 0;
}

void arrivals_free(Arrivals *arrivals) {
        g_clear_pointer(&arrivals->driver, peer_free);
        g_hash_table_unref(arrivals->by_name);
        g_free(arrivals);
}

uint64_t arrivals_find(const Arrivals *arrivals, const char *name) {
        const uint64_t *came = g_hash_table_lookup(arrivals->by_name, name);

        return came ? *came : arrivals->since;
}

void arrivals_forget(Arrivals *arrivals, const char *name) {
        (void) g_hash_table_remove(arrivals->by_name, name);
}
