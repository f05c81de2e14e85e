/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/datagram.h"
#include "base/log.h"
#include "base/parse.h"
#include "systemd/notify.h"

typedef struct Message {
        char *text;
        Fd fd;
} Message;

struct Notifier {
        Fd socket;
        sd_event_source *writable, *watchdog;
        uint64_t watchdog_usec;
        GQueue waiting; /* of Message */
};

static void message_free(gpointer p) {
        Message *message = p;

        g_free(message->text);
        fd_clear(&message->fd);
        g_free(message);
}

static int send_now(Notifier *notifier, const char *text, int fd) {
        struct iovec iov = { .iov_base = (void *) text, .iov_len = strlen(text) };
        union {
                struct cmsghdr header;
                char buffer[CMSG_SPACE(sizeof(int))];
        } control = {};
        struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (fd >= 0) {
                m.msg_control = &control;
                m.msg_controllen = sizeof(control.buffer);
                control.header = (struct cmsghdr){
                        .cmsg_level = SOL_SOCKET,
                        .cmsg_type = SCM_RIGHTS,
                        .cmsg_len = CMSG_LEN(sizeof(int)),
                };
                memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
        }
        return sendmsg(notifier->socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int on_writable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Notifier *notifier = userdata;
        Message *message;

        while ((message = g_queue_peek_head(&notifier->waiting))) {
                int r = send_now(notifier, message->text, message->fd);

                if (r == -EAGAIN)
                        return 0;
                if (r < 0)
                        log_warning("Cannot notify systemd: %s", g_strerror(-r));
                message_free(g_queue_pop_head(&notifier->waiting));
        }
        return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static int on_watchdog(sd_event_source *source, uint64_t usec, void *userdata) {
        Notifier *notifier = userdata;

        (void) notifier_send(notifier, "WATCHDOG=1", -1);
        return sd_event_source_set_time(source, usec + notifier->watchdog_usec / 2);
}

/* sd_event_set_watchdog() opens a socket for each ping: where there are no descriptors, systemd would kill
 * jobd. */
static int add_watchdog(Notifier *notifier, sd_event *event) {
        int r = sd_watchdog_enabled(0, &notifier->watchdog_usec);

        if (r <= 0)
                return r;
        r = sd_event_add_time_relative(event, &notifier->watchdog, CLOCK_MONOTONIC,
                                       notifier->watchdog_usec / 2, notifier->watchdog_usec / 8, on_watchdog,
                                       notifier);
        if (r >= 0)
                r = sd_event_source_set_priority(notifier->watchdog, SD_EVENT_PRIORITY_IMPORTANT);
        return r < 0 ? r : sd_event_source_set_enabled(notifier->watchdog, SD_EVENT_ON);
}

int notifier_new(sd_event *event, Notifier **ret) {
        g_autoptr(Notifier) notifier = g_new0(Notifier, 1);
        const char *path = g_getenv("NOTIFY_SOCKET");
        int r;

        g_queue_init(&notifier->waiting);
        notifier->socket = -1;
        if (path) {
                notifier->socket = datagram_connect(path);
                if (notifier->socket < 0)
                        return notifier->socket;
                r = sd_event_add_io(event, &notifier->writable, notifier->socket, EPOLLOUT, on_writable,
                                    notifier);
                if (r >= 0)
                        r = sd_event_source_set_enabled(notifier->writable, SD_EVENT_OFF);
                if (r >= 0)
                        r = add_watchdog(notifier, event);
                if (r < 0)
                        return r;
        }
        *ret = g_steal_pointer(&notifier);
        return 0;
}

void notifier_free(Notifier *notifier) {
        g_clear_pointer(&notifier->writable, sd_event_source_disable_unref);
        g_clear_pointer(&notifier->watchdog, sd_event_source_disable_unref);
        g_queue_clear_full(&notifier->waiting, message_free);
        fd_clear(&notifier->socket);
        g_free(notifier);
}

int notifier_send(Notifier *notifier, const char *text, int fd) {
        int copy = -1, r = -EAGAIN;
        Message *message;

        if (notifier->socket < 0)
                return 0;
        if (g_queue_is_empty(&notifier->waiting))
                r = send_now(notifier, text, fd);
        if (r != -EAGAIN)
                return r;
        if (fd >= 0) {
                copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
                if (copy < 0)
                        return -errno;
        }
        message = g_new(Message, 1);
        *message = (Message){ .text = g_strdup(text), .fd = copy };
        g_queue_push_tail(&notifier->waiting, message);
        return sd_event_source_set_enabled(notifier->writable, SD_EVENT_ON);
}

int notifier_store_job(Notifier *notifier, JobId id, int fd) {
        char text[80];

        (void) snprintf(text, sizeof(text), "FDSTORE=1\nFDNAME=%s", job_id_text(JOB_ID_FD_NAME, id).text);
        return notifier_send(notifier, text, fd);
}

void notifier_take_stored(void (*found)(JobId id, int fd, void *userdata), void *userdata) {
        char **names = NULL;
        int n = sd_listen_fds_with_names(1, &names);
        JobId id;

        for (int i = 0; i < n; i++) {
                int fd = SD_LISTEN_FDS_START + i;

                if (job_id_parse(JOB_ID_FD_NAME, names[i], &id) >= 0)
                        found(id, fd, userdata);
                else
                        (void) close(fd);
                free(names[i]);
        }
        free(names);
}
