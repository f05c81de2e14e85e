/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/control.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define STATUS_PAUSE (100 * USEC_PER_MSEC)
#define DONE_WAIT_MS 1000
#define LISTEN_PAUSE USEC_PER_SEC

static void close_fd(int *fd) {
        if (*fd >= 0)
                (void) close(*fd);
        *fd = -1;
}

static void gone(Control *control) {
        close_fd(&control->fd);
        control->blocked = false;
        if (control->listener < 0)
                control->allowed = UINT64_MAX;
}

static void close_listener(Control *control) {
        close_fd(&control->listener);
        if (control->fd < 0)
                control->allowed = UINT64_MAX;
}

/* True if it was sent. */
static bool send_message(Control *control, const ControlMessage *message, const char *text, size_t length) {
        struct iovec parts[] = {
                { (void *) message, sizeof(*message) },
                { (void *) text, length },
        };
        struct msghdr header = { .msg_iov = parts, .msg_iovlen = 2 };

        if (control->fd < 0)
                return false;
        if (sendmsg(control->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
                control->blocked = false;
                return true;
        }
        if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
                control->blocked = true;
        else
                gone(control);
        return false;
}

bool control_is_socket(int fd) {
        socklen_t length = sizeof(int);
        int type = 0;

        return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) >= 0 && type == SOCK_SEQPACKET;
}

void control_init(Control *control, int fd, uint64_t allowed) {
        *control = (Control){
                .fd = fd, .listener = -1, .allowed = allowed, .journal = -1, .hello_due = true
        };
}

void control_free(Control *control) {
        gone(control);
        close_listener(control);
        close_fd(&control->journal);
}

void control_hint(Control *control, const uint64_t bytes[2]) {
        ControlMessage message = { .type = CONTROL_HINT, .bytes = { bytes[0], bytes[1] } };

        if (control->hello_due || control->hint_out ||
            memcmp(control->hinted, bytes, sizeof(control->hinted)) == 0)
                return;
        if (!send_message(control, &message, NULL, 0))
                return; /* the loop calls again, with the newest figures */
        memcpy(control->hinted, bytes, sizeof(control->hinted));
        control->hint_out = true;
}

void control_status(Control *control, const char *text, size_t length) {
        if (length > sizeof(control->status) ||
            (length == control->status_length && memcmp(control->status, text, length) == 0))
                return;
        memcpy(control->status, text, length);
        control->status_length = (uint32_t) length;
        control->status_due = true;
}

void control_started(Control *control) {
        control->started = control->started_due = true;
}

void control_moved(Control *control) {
        control->moved_due = control->moved_due || !control->moved;
        control->moved = true;
}

void control_need_journal(Control *control) {
        control->journal_due = !control->journal_out;
}

void control_stalled(Control *control, uint64_t usec) {
        ControlMessage message = { .type = CONTROL_STALLED, .bytes = { usec } };

        (void) send_message(control, &message, NULL, 0); /* it is asked again */
}

bool control_take_answer(Control *control) {
        bool answered = control->answered;

        control->answered = false;
        return answered;
}

int control_take_journal(Control *control) {
        int fd = control->journal;

        control->journal = -1;
        return fd;
}

static void send_status(Control *control) {
        ControlMessage message = { .type = CONTROL_STATUS };

        if (send_message(control, &message, control->status, control->status_length))
                control->status_due = false;
}

void control_step(Control *control, uint64_t now) {
        static const ControlMessage hello = { .type = CONTROL_HELLO }, started = { .type = CONTROL_STARTED },
                                    need = { .type = CONTROL_NEED_JOURNAL },
                                    moved = { .type = CONTROL_MOVED };

        if (control->hello_due) {
                if (!send_message(control, &hello, NULL, 0))
                        return;
                control->hello_due = false;
        }
        if (control->started_due && send_message(control, &started, NULL, 0))
                control->started_due = false;
        if (control->moved_due && send_message(control, &moved, NULL, 0))
                control->moved_due = false;
        if (control->journal_due && send_message(control, &need, NULL, 0)) {
                control->journal_due = false;
                control->journal_out = true;
        }
        if (control->status_due && now >= control->status_after) {
                send_status(control);
                control->status_after = now + STATUS_PAUSE;
        }
}

void control_done(Control *control, uint32_t flags, const uint64_t bytes[2]) {
        ControlMessage message = { .type = CONTROL_DONE, .arg = flags, .bytes = { bytes[0], bytes[1] } };
        struct pollfd fd = { .fd = control->fd, .events = POLLOUT };

        if (control->status_due)
                send_status(control);
        /* if it is full, jobd is not there, and will see our end without this as well */
        if (!send_message(control, &message, NULL, 0) && control->fd >= 0 && poll(&fd, 1, DONE_WAIT_MS) > 0)
                (void) send_message(control, &message, NULL, 0);

        /* A socket that is closed with something unread in it gives the other end ECONNRESET in front of
         * what we have said. So nothing more is let in, and what is there is read. */
        if (control->fd >= 0)
                (void) shutdown(control->fd, SHUT_RD);
        while (control_receive(control) > 0)
                ;
        close_fd(&control->journal);
}

/* The descriptor that came with a message, or −1. */
static int descriptor_of(struct msghdr *header) {
        struct cmsghdr *c = CMSG_FIRSTHDR(header);
        int fd = -1;

        if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
            c->cmsg_len == CMSG_LEN(sizeof(fd)))
                memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        return fd;
}

/* False if there is none. A message of another size has the type 0. Of several descriptors only the first
 * has room, and the kernel closes the others. */
static bool receive(Control *control, ControlMessage *ret, int *ret_fd) {
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(sizeof(int))];
        } buffer;
        struct iovec part = { ret, sizeof(*ret) };
        struct msghdr header = {
                .msg_iov = &part,
                .msg_iovlen = 1,
                .msg_control = &buffer,
                .msg_controllen = CMSG_LEN(sizeof(int)),
        };
        ssize_t n = recvmsg(control->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

        /* jobd's end was closed with our messages unread: the kernel says so before it gives what jobd had
         * sent */
        if (n < 0 && errno == ECONNRESET)
                n = recvmsg(control->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n <= 0) {
                gone(control);
                return false;
        }
        *ret_fd = descriptor_of(&header);
        if (n != sizeof(*ret))
                ret->type = 0;
        return true;
}

/* The newest one counts. */
static void keep(int *kept, int fd) {
        if (fd < 0)
                return;
        close_fd(kept);
        *kept = fd;
}

static int take_connection(int listener) {
        int fd;

        do
                fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
        return fd;
}

void control_accept(Control *control, uint64_t now) {
        int fd;

        if (control->listener < 0 || now < control->listen_after)
                return;
        while ((fd = take_connection(control->listener)) >= 0) {
                keep(&control->fd, fd);
                control->hello_due = true;
                control->started_due = control->started;
                control->status_due = control->status_length > 0;
                control->hint_out = control->journal_out = control->blocked = false;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                control->listen_after = now + LISTEN_PAUSE;
        else if (errno != EAGAIN) /* it is none */
                close_listener(control);
}

int control_receive(Control *control) {
        ControlMessage message;
        int fd;

        while (control->fd >= 0 && receive(control, &message, &fd)) {
                if (message.type == CONTROL_JOURNAL) {
                        control->journal_out = false;
                        keep(&control->journal, fd);
                        continue;
                }
                if (message.type == CONTROL_LISTEN) {
                        keep(&control->listener, fd);
                        continue;
                }
                close_fd(&fd);
                if (message.type == CONTROL_REPEAT)
                        control->started_due = control->started;
                if (message.type == CONTROL_ACK) {
                        control->allowed = message.bytes[1];
                        control->hint_out = false;
                        control->journal_out = false;
                } else if (message.type == CONTROL_PATIENCE) {
                        control->answered = true;
                        control->give_up = message.arg == 0;
                } else if (message.type == CONTROL_KILL && message.arg > 0 &&
                           message.arg <= (uint32_t) SIGRTMAX) {
                        control->kill_all = message.bytes[0] != 0;
                        return (int) message.arg;
                }
        }
        return 0;
}

struct pollfd control_poll(const Control *control) {
        return (struct pollfd){
                .fd = control->fd,
                .events = (short) (POLLIN | (control->blocked ? POLLOUT : 0)),
        };
}

struct pollfd control_poll_listener(const Control *control, uint64_t now) {
        return (struct pollfd){ .fd = now < control->listen_after ? -1 : control->listener,
                                .events = POLLIN };
}

uint64_t control_deadline(const Control *control, uint64_t now) {
        uint64_t listen = control->listener >= 0 && now < control->listen_after ? control->listen_after
                                                                                : USEC_NEVER;

        return control->fd >= 0 && control->status_due && !control->blocked
                               ? usec_min(listen, control->status_after)
                               : listen;
}
