/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <endian.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-event.h>

#include "temporary.h"

/* A journald that only has its socket: "socket" in the temporary directory. */

static int journal_fd = -1;
static char *journal_path;
static sd_event *loop;

static inline void journal_listen(void) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        g_strlcpy(address.sun_path, journal_path, sizeof(address.sun_path));
        journal_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        ck_assert_int_ge(journal_fd, 0);
        ck_assert_int_eq(bind(journal_fd, (struct sockaddr *) &address, sizeof(address)), 0);
}

static inline void journal_close(void) {
        (void) close(journal_fd);
        (void) unlink(journal_path);
        journal_fd = -1;
}

static inline void journal_setup(void) {
        temporary_make();
        journal_path = g_build_filename(temporary_path, "socket", NULL);
        ck_assert_int_ge(sd_event_new(&loop), 0);
}

static inline void journal_teardown(void) {
        if (journal_fd >= 0)
                journal_close();
        loop = sd_event_unref(loop);
        g_clear_pointer(&journal_path, g_free);
        temporary_remove();
}

/* The next datagram; NULL if there is none. */
static inline GBytes *journal_take(void) {
        static char buffer[256 * 1024];
        ssize_t n = recv(journal_fd, buffer, sizeof(buffer), 0);

        return n < 0 ? NULL : g_bytes_new(buffer, (gsize) n);
}

/* The same after whatever the loop has to do. */
static inline GBytes *journal_wait(void) {
        GBytes *datagram = journal_take();

        if (datagram)
                return datagram;
        while (sd_event_run(loop, 0) > 0)
                ;
        return journal_take();
}

/* The fields of the next datagram, as text; NULL if there is none. */
static inline GHashTable *journal_take_fields(void) {
        g_autoptr(GBytes) datagram = journal_wait();
        GHashTable *fields = NULL;
        const char *p, *end;
        gsize size;

        if (!datagram)
                return NULL;
        fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        p = g_bytes_get_data(datagram, &size);
        end = p + size;
        while (p < end) {
                size_t length = strcspn(p, "=\n");
                char *name = g_strndup(p, length);
                bool binary = p[length] == '\n';
                uint64_t said = 0;

                p += length + 1;
                if (binary) {
                        memcpy(&said, p, sizeof(said));
                        p += sizeof(said);
                }
                length = binary ? le64toh(said)
                                : (size_t) ((char *) memchr(p, '\n', (size_t) (end - p)) - p);
                ck_assert_uint_lt(length, (size_t) (end - p));
                g_hash_table_insert(fields, name, g_strndup(p, length));
                p += length + 1;
        }
        return fields;
}
