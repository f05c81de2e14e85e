/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/datagram.h"
#include "output/barrier.h"

#define PAUSE_MIN_USEC UINT64_C(200)
#define PAUSE_MAX_USEC UINT64_C(50000)

struct Barrier {
        Fd fd;
        bool sent;
        uint64_t pause, waited;
        sd_event_source *timer;
        sd_event_source *room; /* the queue is full: others would take every place before the next look */
        const BarrierEvents *events;
        void *userdata;
};

/* True when there is nothing (more) to wait for. A unix datagram that was read no longer counts in
 * SIOCOUTQ. */
static bool is_through(Barrier *barrier) {
        int queued = 0;

        if (!barrier->sent) {
                if (send(barrier->fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                        return errno != EAGAIN && errno != EINTR && errno != ENOBUFS;
                barrier->sent = true;
        }
        return ioctl(barrier->fd, SIOCOUTQ, &queued) < 0 || queued == 0;
}

static void end(Barrier *barrier) {
        (void) sd_event_source_set_enabled(barrier->timer, SD_EVENT_OFF);
        if (barrier->room)
                (void) sd_event_source_set_enabled(barrier->room, SD_EVENT_OFF);
        barrier->events->through(barrier->userdata); /* may free it */
}

static void wait_for_room(Barrier *barrier) {
        if (barrier->room && !barrier->sent)
                (void) sd_event_source_set_enabled(barrier->room, SD_EVENT_ONESHOT);
}

static int on_room(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Barrier *barrier = userdata;

        if (is_through(barrier))
                end(barrier);
        else
                wait_for_room(barrier);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Barrier *barrier = userdata;

        if (is_through(barrier) || !barrier->events->patient(barrier->waited, barrier->userdata)) {
                end(barrier);
                return 0;
        }
        wait_for_room(barrier);
        barrier->waited += barrier->pause;
        (void) sd_event_source_set_time_relative(source, barrier->pause);
        barrier->pause = MIN(barrier->pause * 2, PAUSE_MAX_USEC);
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int barrier_new(sd_event *event, const char *path, const BarrierEvents *events, void *userdata,
                Barrier **ret) {
        g_autoptr(Barrier) barrier = g_new0(Barrier, 1);
        int r;

        *barrier = (Barrier){ .fd = -1, .pause = PAUSE_MIN_USEC, .events = events, .userdata = userdata };
        /* if nobody is there, the first send fails: that ends it, too */
        barrier->fd = datagram_connect(path);
        r = sd_event_add_time_relative(event, &barrier->timer, CLOCK_MONOTONIC, 0, 1, on_timer, barrier);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(barrier->timer, "journal-barrier");
        if (barrier->fd >= 0) {
                r = sd_event_add_io(event, &barrier->room, barrier->fd, EPOLLOUT, on_room, barrier);
                if (r < 0)
                        return r;
                r = sd_event_source_set_enabled(barrier->room, SD_EVENT_OFF);
                if (r < 0)
                        return r;
        }
        *ret = g_steal_pointer(&barrier);
        return 0;
}

void barrier_free(Barrier *barrier) {
        if (!barrier)
                return;
        sd_event_source_disable_unref(barrier->timer);
        sd_event_source_disable_unref(barrier->room);
        fd_clear(&barrier->fd);
        g_free(barrier);
}
