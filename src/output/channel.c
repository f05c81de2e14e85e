/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/datagram.h"
#include "output/channel.h"
#include "output/control-socket.h"
#include "wire/control.h"

/* Messages of one socket in one turn of the loop. */
#define TURN_MESSAGES 16U

/* A job that says more is not listened to for the rest of the window. It fills the socket, and then it
 * waits. */
#define TALK_MAX         10U
#define TALK_WINDOW_USEC UINT64_C(100000)

struct Channel {
        Fd fd;
        const char *journal;
        const ChannelEvents *events;
        void *userdata;
        sd_event_source *io, *resume;
        bool busy; /* a turn is under way */
        bool dead; /* a callback freed it meanwhile: the turn's end does */

        bool greeted;
        uint64_t window_start;
        unsigned talk; /* messages of the kinds that it may send as often as it likes */
        char *status;  /* to be told at the end of the turn */

        bool ack_waits; /* the socket was full */
        uint64_t ack[2];
        uint64_t kills;     /* bit signo − 1: to be sent when there is room */
        uint64_t kills_all; /* the same, to all processes */
        bool journal_waits;
        bool repeat_waits;
};

int channel_pair(int *ret_daemon, int *ret_exec) {
        const int on = 1;
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
                return -errno;
        *ret_daemon = pair[0];
        *ret_exec = pair[1];
        /* before anything can be sent: what was sent without it has no credentials */
        (void) setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
        return 0;
}

/* A new one; or that there is none to be had, or no room for it among what the kernel has on the way. */
static int send_journal(Channel *channel) {
        const ControlMessage message = { .type = CONTROL_JOURNAL };
        g_auto(Fd) journal = datagram_connect(channel->journal);
        int r = control_socket_send(channel->fd, &message, journal);

        return r == -ETOOMANYREFS ? control_socket_send(channel->fd, &message, -1) : r;
}

static void watch(Channel *channel) {
        bool waits = channel->ack_waits || channel->journal_waits || channel->repeat_waits ||
                     (channel->kills | channel->kills_all) != 0;

        (void) sd_event_source_set_io_events(channel->io, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int send_kills(Channel *channel, uint64_t *kills, bool all) {
        int r = 1;

        while (r > 0 && *kills != 0) {
                r = control_socket_send(channel->fd,
                                        &(ControlMessage){ .type = CONTROL_KILL,
                                                           .arg = (uint32_t) __builtin_ctzll(*kills) + 1,
                                                           .bytes = { all } },
                                        -1);
                if (r > 0)
                        *kills &= *kills - 1;
        }
        return r;
}

/* Sends what waits, as far as there is room. */
static int send_waiting(Channel *channel) {
        int r = 1;

        if (channel->journal_waits) {
                r = send_journal(channel);
                if (r > 0)
                        channel->journal_waits = false;
        }
        if (r > 0 && channel->repeat_waits) {
                r = control_socket_send(channel->fd, &(ControlMessage){ .type = CONTROL_REPEAT }, -1);
                if (r > 0)
                        channel->repeat_waits = false;
        }
        if (r > 0)
                r = send_kills(channel, &channel->kills, false);
        if (r > 0)
                r = send_kills(channel, &channel->kills_all, true);
        if (r > 0 && channel->ack_waits) {
                r = control_socket_send(channel->fd,
                                        &(ControlMessage){ .type = CONTROL_ACK,
                                                           .bytes = { channel->ack[0], channel->ack[1] } },
                                        -1);
                if (r > 0)
                        channel->ack_waits = false;
        }
        if (r < 0) { /* nobody is there to receive it */
                channel->kills = channel->kills_all = 0;
                channel->ack_waits = false;
                channel->journal_waits = false;
                channel->repeat_waits = false;
        }
        watch(channel);
        return MIN(r, 0);
}

int channel_acknowledge(Channel *channel, uint64_t cached, uint64_t allowed) {
        channel->ack[0] = cached;
        channel->ack[1] = allowed;
        channel->ack_waits = true;
        return send_waiting(channel);
}

int channel_send_journal(Channel *channel) {
        channel->journal_waits = true;
        return send_waiting(channel);
}

int channel_send_listener(Channel *channel, int listener) {
        int r = control_socket_send(channel->fd, &(ControlMessage){ .type = CONTROL_LISTEN }, listener);

        return r == 0 ? -EAGAIN : MIN(r, 0);
}

void channel_answer(Channel *channel, bool wait) {
        (void) control_socket_send(channel->fd, &(ControlMessage){ .type = CONTROL_PATIENCE, .arg = wait },
                                   -1);
}

int channel_ask_again(Channel *channel) {
        channel->repeat_waits = true;
        return send_waiting(channel);
}

int channel_kill(Channel *channel, int signo) {
        channel->kills |= UINT64_C(1) << (signo - 1);
        return send_waiting(channel);
}

int channel_kill_all(Channel *channel, int signo) {
        channel->kills_all |= UINT64_C(1) << (signo - 1);
        return send_waiting(channel);
}

static void take_status(Channel *channel, const char *text, size_t size) {
        if (!g_utf8_validate(text, (gssize) size, NULL))
                return;
        channel->talk++;
        g_free(channel->status);
        channel->status = g_strndup(text, size);
}

static void dispatch(Channel *channel, const ControlPacket *packet, size_t size, pid_t pid) {
        const ControlMessage *message = &packet->message;

        if (size < sizeof(*message) || (size > sizeof(*message) && message->type != CONTROL_STATUS))
                return;
        switch (message->type) {
        case CONTROL_HELLO:
                if (channel->greeted || pid <= 0)
                        return;
                channel->greeted = true;
                channel->events->hello(channel, pid, channel->userdata);
                return;
        case CONTROL_STARTED:
                channel->talk++;
                channel->events->started(channel, channel->userdata);
                return;
        case CONTROL_HINT:
                channel->events->hint(channel, message->bytes, channel->userdata);
                return;
        case CONTROL_DONE:
                channel->events->done(channel, message->arg, message->bytes, channel->userdata);
                return;
        case CONTROL_STALLED:
                channel->talk++;
                channel->events->stalled(channel, message->bytes[0], channel->userdata);
                return;
        case CONTROL_MOVED:
                channel->talk++;
                channel->events->moved(channel, channel->userdata);
                return;
        case CONTROL_STATUS:
                take_status(channel, packet->text, size - sizeof(*message));
                return;
        case CONTROL_NEED_JOURNAL:
                channel->talk++;
                channel->journal_waits = true; /* it is sent at the end of the turn, once */
                return;
        default:
                return;
        }
}

static void tell_status(Channel *channel) {
        g_autofree char *status = g_steal_pointer(&channel->status);

        if (status)
                channel->events->status(channel, status, channel->userdata);
}

/* Looks away for a moment if there were too many. */
static void limit_talk(Channel *channel) {
        uint64_t now;

        if (sd_event_now(sd_event_source_get_event(channel->io), CLOCK_MONOTONIC, &now) < 0)
                return;
        if (now - channel->window_start >= TALK_WINDOW_USEC) {
                channel->window_start = now;
                channel->talk = 0;
        } else if (channel->talk > TALK_MAX) {
                (void) sd_event_source_set_time(channel->resume, channel->window_start + TALK_WINDOW_USEC);
                (void) sd_event_source_set_enabled(channel->resume, SD_EVENT_ONESHOT);
                (void) sd_event_source_set_enabled(channel->io, SD_EVENT_OFF);
        }
}

static int on_resume(sd_event_source *source, uint64_t usec, void *userdata) {
        Channel *channel = userdata;

        return sd_event_source_set_enabled(channel->io, SD_EVENT_ON);
}

/* Takes what is there, up to a bound; false: nothing more will come. */
static bool take_messages(Channel *channel) {
        int r = 1;

        for (unsigned i = 0; i < TURN_MESSAGES && r > 0 && !channel->dead; i++) {
                ControlPacket packet;
                size_t size;
                pid_t pid;

                r = control_socket_receive(channel->fd, &packet, &size, &pid);
                if (r > 0)
                        dispatch(channel, &packet, size, pid);
        }
        if (!channel->dead && channel->journal_waits)
                (void) send_waiting(channel);
        if (!channel->dead)
                tell_status(channel);
        return r >= 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Channel *channel = userdata;
        bool open;

        if (revents & EPOLLOUT)
                (void) send_waiting(channel);
        channel->busy = true;
        open = take_messages(channel);
        channel->busy = false;
        if (channel->dead)
                channel_free(channel);
        else if (open)
                limit_talk(channel);
        else {
                (void) sd_event_source_set_enabled(channel->io, SD_EVENT_OFF);
                channel->events->closed(channel, channel->userdata);
        }
        return 0;
}

int channel_new(sd_event *event, int fd, const char *journal, const ChannelEvents *events, void *userdata,
                Channel **ret) {
        g_autoptr(Channel) channel = g_new0(Channel, 1);
        const int on = 1;
        int r;

        g_return_val_if_fail(events->hello && events->started && events->hint && events->done &&
                                             events->stalled && events->status && events->moved &&
                                             events->closed,
                             -EINVAL);

        *channel = (Channel){ .fd = -1, .journal = journal, .events = events, .userdata = userdata };
        if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
                return -errno;
        r = sd_event_add_io(event, &channel->io, fd, EPOLLIN, on_io, channel);
        if (r < 0)
                return r;
        (void) sd_event_source_set_description(channel->io, "control-socket");
        r = sd_event_add_time(event, &channel->resume, CLOCK_MONOTONIC, 0, 0, on_resume, channel);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(channel->resume, SD_EVENT_OFF);
        if (r < 0)
                return r;
        channel->fd = fd;
        *ret = g_steal_pointer(&channel);
        return 0;
}

void channel_free(Channel *channel) {
        if (!channel)
                return;
        if (channel->busy) {
                channel->dead = true;
                return;
        }
        sd_event_source_disable_unref(channel->io);
        sd_event_source_disable_unref(channel->resume);
        fd_clear(&channel->fd);
        g_free(channel->status);
        g_free(channel);
}

int channel_fd(const Channel *channel) {
        return channel->fd;
}
