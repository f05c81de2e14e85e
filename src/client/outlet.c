/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "client/outlet.h"

Outlet outlet_of(int fd) {
        Outlet o = { .fd = fd };
        struct stat st;

        if (fstat(fd, &st) < 0)
                return o;
        if (S_ISFIFO(st.st_mode))
                o.kind = OUTLET_PIPE;
        else if (S_ISSOCK(st.st_mode))
                o.kind = OUTLET_SOCKET;
        return o;
}

bool outlet_same(int a, int b) {
        struct stat of_a, of_b;

        return a == b || (fstat(a, &of_a) >= 0 && fstat(b, &of_b) >= 0 && of_a.st_dev == of_b.st_dev &&
                          of_a.st_ino == of_b.st_ino);
}

static bool has_reader(int fd) {
        struct pollfd pollfd = { .fd = fd };

        return poll(&pollfd, 1, 0) <= 0 || !(pollfd.revents & (POLLERR | POLLHUP | POLLNVAL));
}

bool outlet_look(Outlet *o) {
        int left = 0, r;
        bool alive;

        if (o->kind == OUTLET_FINAL) {
                o->taken = o->written;
                return true;
        }
        /* of a socket it counts what the kernel needs for the bytes, which is more */
        r = ioctl(o->fd, o->kind == OUTLET_PIPE ? FIONREAD : SIOCOUTQ, &left);
        alive = has_reader(o->fd);
        /* a pipe keeps what a reader has left behind, a socket throws it away: then the figure says
         * nothing */
        if (r >= 0 && left >= 0 && (alive || o->kind == OUTLET_PIPE))
                o->taken = MAX(o->taken, o->written - MIN(o->written, (uint64_t) left));
        return alive;
}
