/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/datagram.h"
#include "systemd/journal-send.h"

struct JournalSender {
        sd_event *event;
        char *path;
        Fd socket; /* −1: no journald was there */
        sd_event_source *writable;
        GQueue waiting; /* of GString */
        size_t n_waiting_bytes;
        uint64_t n_lost;
        GString *(*lost)(uint64_t n);
};

static void entry_free(gpointer p) {
        (void) g_string_free(p, TRUE);
}

static int on_writable(sd_event_source *source, int fd, uint32_t events, void *userdata);

static void disconnect_socket(JournalSender *sender) {
        g_clear_pointer(&sender->writable, sd_event_source_disable_unref);
        fd_clear(&sender->socket);
}

static int connect_socket(JournalSender *sender) {
        int r;

        disconnect_socket(sender);
        sender->socket = datagram_connect(sender->path);
        if (sender->socket < 0)
                return sender->socket;
        r = sd_event_add_io(sender->event, &sender->writable, sender->socket, EPOLLOUT, on_writable, sender);
        if (r >= 0)
                r = sd_event_source_set_enabled(sender->writable, SD_EVENT_OFF);
        if (r < 0)
                disconnect_socket(sender);
        return r;
}

static int send_once(const JournalSender *sender, const GString *entry) {
        if (sender->socket < 0)
                return -ENOTCONN;
        return send(sender->socket, entry->str, entry->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* 0: sent. −EAGAIN: journald does not keep up. Anything else: it cannot be sent. */
static int send_now(JournalSender *sender, const GString *entry) {
        int r = send_once(sender, entry);

        /* journald's socket was made anew; its restart alone does not do that */
        if ((r == -ECONNREFUSED || r == -ENOTCONN || r == -ECONNRESET) && connect_socket(sender) >= 0)
                r = send_once(sender, entry);
        return r;
}

/* The queue is empty. If this is not taken, it is said after the next entry. */
static void tell_lost(JournalSender *sender) {
        GString *entry;

        if (sender->n_lost == 0)
                return;
        entry = sender->lost(sender->n_lost);
        if (send_now(sender, entry) >= 0)
                sender->n_lost = 0;
        entry_free(entry);
}

static int send_waiting(JournalSender *sender) {
        GString *entry;

        while ((entry = g_queue_peek_head(&sender->waiting))) {
                int r = send_now(sender, entry);

                if (r == -EAGAIN)
                        return r;
                if (r < 0)
                        sender->n_lost++;
                sender->n_waiting_bytes -= entry->len;
                entry_free(g_queue_pop_head(&sender->waiting));
        }
        return 0;
}

static void watch(JournalSender *sender) {
        bool waits = !g_queue_is_empty(&sender->waiting);

        if (sender->writable)
                (void) sd_event_source_set_enabled(sender->writable, waits ? SD_EVENT_ON : SD_EVENT_OFF);
}

static int on_writable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        JournalSender *sender = userdata;

        if (send_waiting(sender) >= 0)
                tell_lost(sender);
        watch(sender); /* of a new socket, too */
        return 0;
}

static void keep(JournalSender *sender, GString *entry) {
        if (sender->n_waiting_bytes + entry->len > JOURNAL_WAITING_MAX) {
                sender->n_lost++;
                entry_free(entry);
                return;
        }
        sender->n_waiting_bytes += entry->len;
        g_queue_push_tail(&sender->waiting, entry);
        watch(sender);
}

void journal_send(JournalSender *sender, GString *entry) {
        int r = g_queue_is_empty(&sender->waiting) ? send_now(sender, entry) : -EAGAIN;

        if (r == -EAGAIN) {
                keep(sender, entry);
                return;
        }
        entry_free(entry);
        if (r < 0)
                sender->n_lost++;
        else
                tell_lost(sender);
}

int journal_sender_new(sd_event *event, const char *path, GString *(*lost)(uint64_t n),
                       JournalSender **ret) {
        JournalSender *sender;
        int r;

        sender = g_new0(JournalSender, 1);
        sender->event = sd_event_ref(event);
        sender->path = g_strdup(path);
        sender->socket = -1;
        g_queue_init(&sender->waiting);
        sender->lost = lost;
        r = connect_socket(sender); /* or with the first entry */
        if (r == -ENAMETOOLONG || r == -EINVAL) {
                journal_sender_free(sender);
                return r;
        }
        *ret = sender;
        return 0;
}

void journal_sender_free(JournalSender *sender) {
        (void) send_waiting(sender);
        disconnect_socket(sender);
        g_queue_clear_full(&sender->waiting, entry_free);
        sd_event_unref(sender->event);
        g_free(sender->path);
        g_free(sender);
}

void journal_add(GString *entry, const char *name, const char *value) {
        size_t length = strlen(value);
        uint64_t size = htole64(length);

        (void) g_string_append(entry, name);
        if (!memchr(value, '\n', length))
                (void) g_string_append_c(entry, '=');
        else {
                (void) g_string_append_c(entry, '\n');
                (void) g_string_append_len(entry, (const char *) &size, sizeof(size));
        }
        (void) g_string_append_len(entry, value, (gssize) length);
        (void) g_string_append_c(entry, '\n');
}

void journal_addf(GString *entry, const char *name, const char *format, ...) {
        g_autofree char *value = NULL;
        va_list ap;

        va_start(ap, format);
        value = g_strdup_vprintf(format, ap);
        va_end(ap);
        journal_add(entry, name, value);
}
