/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "output/meeting.h"

static int make_address(const char *dir, const char *uuid, struct sockaddr_un *ret) {
        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        return g_snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s", dir, uuid) >=
                                               (int) sizeof(ret->sun_path)
                               ? -ENAMETOOLONG
                               : 0;
}

static int open_socket(const char *dir, const char *uuid, struct sockaddr_un *ret_address, Fd *ret) {
        int r = make_address(dir, uuid, ret_address);

        if (r < 0)
                return r;
        *ret = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        return *ret < 0 ? -errno : 0;
}

int meeting_open(const char *dir, const char *uuid, Fd *ret) {
        struct sockaddr_un address;
        g_auto(Fd) fd = -1;
        int r;

        r = open_socket(dir, uuid, &address, &fd);
        if (r < 0)
                return r;
        (void) unlink(address.sun_path);
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        /* each jobd that comes and goes while jobd-exec is frozen leaves a connection in the queue */
        if (listen(fd, SOMAXCONN) < 0) {
                r = -errno;
                (void) unlink(address.sun_path);
                return r;
        }
        *ret = fd_steal(&fd);
        return 0;
}

int meeting_connect(const char *dir, const char *uuid, Fd *ret) {
        struct sockaddr_un address;
        const int on = 1;
        g_auto(Fd) fd = -1;
        int r;

        r = open_socket(dir, uuid, &address, &fd);
        if (r < 0)
                return r;
        /* before anything can be sent: what was sent without it has no credentials */
        if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
            connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        *ret = fd_steal(&fd);
        return 0;
}

void meeting_remove(const char *dir, const char *uuid) {
        struct sockaddr_un address;

        if (make_address(dir, uuid, &address) >= 0)
                (void) unlink(address.sun_path);
}

void meeting_sweep(const char *dir, GHashTable *uuids) {
        GDir *folder = g_dir_open(dir, 0, NULL);
        const char *uuid;

        while (folder && (uuid = g_dir_read_name(folder)))
                if (!uuids || !g_hash_table_contains(uuids, uuid))
                        meeting_remove(dir, uuid);
        if (folder)
                g_dir_close(folder);
}
