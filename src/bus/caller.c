/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/dict.h"
#include "base/error.h"
#include "base/log.h"
#include "base/peer.h"
#include "bus/arrivals.h"
#include "bus/caller.h"
#include "wire/names.h"

struct CallerCache {
        sd_bus *bus;
        GHashTable *by_name; /* of Entry */
        Peer *driver;        /* the bus */
        Arrivals *arrivals;  /* NULL: the bus gives descriptors of processes */
        const CallerEvents *events;
        void *userdata;
};

typedef struct Entry {
        Caller caller;
        CallerCache *cache;
        sd_bus_slot *slot_credentials;
        bool known;
} Entry;

static void entry_free(gpointer p) {
        Entry *entry = p;

        sd_bus_slot_unref(entry->slot_credentials);
        fd_clear(&entry->caller.process);
        g_array_unref(entry->caller.groups);
        g_free(entry->caller.name);
        g_free(entry);
}

static int read_uid(sd_bus_message *m, Entry *entry) {
        uint32_t value;
        int r = sd_bus_message_read(m, "v", "u", &value);

        if (r >= 0) {
                entry->caller.uid = value;
                entry->known = true;
        }
        return r;
}

static int read_pid(sd_bus_message *m, Entry *entry) {
        uint32_t value;
        int r = sd_bus_message_read(m, "v", "u", &value);

        if (r >= 0)
                entry->caller.pid = (pid_t) value;
        return r;
}

static int read_process(sd_bus_message *m, Entry *entry) {
        int fd, r = sd_bus_message_read(m, "v", "h", &fd);

        if (r < 0)
                return r;
        fd_clear(&entry->caller.process);
        /* where jobd is short of them it has none, and counts for what is not known */
        entry->caller.process = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        /* then it does so of all */
        g_clear_pointer(&entry->cache->arrivals, arrivals_free);
        return 0;
}

static int read_groups(sd_bus_message *m, Entry *entry) {
        const uint32_t *groups;
        size_t size;
        int r = sd_bus_message_enter_container(m, 'v', "au");

        if (r >= 0)
                r = sd_bus_message_read_array(m, 'u', (const void **) &groups, &size);
        if (r < 0)
                return r;
        if (size > 0)
                g_array_append_vals(entry->caller.groups, groups, (guint) (size / sizeof(uint32_t)));
        return sd_bus_message_exit_container(m);
}

static const struct {
        const char *name;
        int (*read)(sd_bus_message *m, Entry *entry);
} credentials[] = {
        { "UnixUserID", read_uid },
        { "UnixGroupIDs", read_groups },
        { "ProcessID", read_pid },
        { "ProcessFD", read_process },
};

static int read_credential(sd_bus_message *m, const char *name, void *userdata) {
        for (size_t i = 0; i < G_N_ELEMENTS(credentials); i++)
                if (strcmp(credentials[i].name, name) == 0)
                        return credentials[i].read(m, userdata);
        return sd_bus_message_skip(m, "v");
}

/* Where the bus gives no descriptor: from here on the number cannot become another's, and if it has become,
 * that process is younger than the connection. */
static void hold_process(CallerCache *cache, Caller *caller) {
        caller->connected = UINT64_MAX;
        if (!cache->arrivals || caller->process >= 0 || caller->pid <= 0)
                return;
        caller->process = (int) syscall(SYS_pidfd_open, caller->pid, 0);
        caller->connected = arrivals_find(cache->arrivals, caller->name);
}

static int on_credentials(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        Entry *entry = userdata;
        CallerCache *cache = entry->cache;
        g_autofree char *name = NULL;
        bool known;
        int r;

        entry->slot_credentials = sd_bus_slot_unref(entry->slot_credentials);
        r = sd_bus_message_is_method_error(reply, NULL) ? -ENXIO : dict_read(reply, read_credential, entry);
        known = r >= 0 && entry->known;
        name = g_strdup(entry->caller.name);
        if (known)
                hold_process(cache, &entry->caller);
        else /* mostly it has left already */
                g_hash_table_remove(cache->by_name, name);
        cache->events->known(name, known, cache->userdata);
        return 0;
}

static Entry *entry_new(CallerCache *cache, const char *name) {
        Entry *entry = g_new0(Entry, 1);

        entry->cache = cache;
        entry->caller.name = g_strdup(name);
        entry->caller.process = -1;
        entry->caller.groups = g_array_new(FALSE, FALSE, sizeof(gid_t));
        g_hash_table_insert(cache->by_name, entry->caller.name, entry);
        return entry;
}

int caller_get(CallerCache *cache, sd_bus_message *call, const Caller **ret, sd_bus_error *error) {
        const char *name = sd_bus_message_get_sender(call);
        Entry *entry;
        int r;

        if (!name)
                return error_setf(error, -JOBD_E_ACCESS_DENIED, "A message without a sender");
        entry = g_hash_table_lookup(cache->by_name, name);
        if (entry && entry->known) {
                *ret = &entry->caller;
                return 1;
        }
        if (!entry) {
                entry = entry_new(cache, name);
                r = sd_bus_call_method_async(cache->bus, &entry->slot_credentials, "org.freedesktop.DBus",
                                             "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                             "GetConnectionCredentials", on_credentials, entry, "s", name);
                if (r < 0) {
                        g_hash_table_remove(cache->by_name, name);
                        return r;
                }
        }
        return 0;
}

const Caller *caller_find(CallerCache *cache, sd_bus_message *call) {
        const char *name = sd_bus_message_get_sender(call);
        const Entry *entry = name ? g_hash_table_lookup(cache->by_name, name) : NULL;

        return entry && entry->known ? &entry->caller : NULL;
}

static int on_name_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        CallerCache *cache = userdata;
        const char *name, *old_owner, *new_owner;

        if (sd_bus_message_read(m, "sss", &name, &old_owner, &new_owner) < 0 || new_owner[0])
                return 0;
        if (cache->arrivals)
                arrivals_forget(cache->arrivals, name);
        if (!g_hash_table_contains(cache->by_name, name))
                return 0;
        cache->events->gone(name, cache->userdata);
        g_hash_table_remove(cache->by_name, name);
        return 0;
}

static void on_failed(const sd_bus_error *error, void *userdata) {
        const CallerCache *cache = userdata;

        /* who has left would be waited for, for ever */
        log_error("Cannot watch who leaves the bus: %s", error->message);
        (void) sd_event_exit(sd_bus_get_event(cache->bus), -EIO);
}

int caller_cache_new(sd_bus *bus, const CallerEvents *events, void *userdata, CallerCache **ret) {
        static const PeerHandler handler = { .failed = on_failed };
        g_autoptr(CallerCache) cache = g_new0(CallerCache, 1);
        int r;

        cache->bus = sd_bus_ref(bus);
        cache->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
        cache->events = events;
        cache->userdata = userdata;
        r = peer_new(bus, PEER_BUS, &handler, cache, &cache->driver);
        if (r >= 0) /* only leavings: arg2 is the new owner */
                r = peer_watch(cache->driver,
                               "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
                               "path='/org/freedesktop/DBus',arg2=''",
                               on_name_owner_changed, cache);
        if (r >= 0)
                r = arrivals_new(bus, &cache->arrivals);
        if (r < 0)
                return r;
        *ret = g_steal_pointer(&cache);
        return 0;
}

void caller_cache_free(CallerCache *cache) {
        g_clear_pointer(&cache->driver, peer_free);
        g_clear_pointer(&cache->arrivals, arrivals_free);
        g_hash_table_unref(cache->by_name);
        sd_bus_unref(cache->bus);
        g_free(cache);
}

bool caller_is_in_group(const Caller *caller, gid_t gid) {
        for (guint i = 0; i < caller->groups->len; i++)
                if (g_array_index(caller->groups, gid_t, i) == gid)
                        return true;
        return false;
}
