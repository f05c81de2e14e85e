/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/notify.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_MAX 4096U
#define AT_ONCE      16
#define FDS_MAX      253U /* the kernel's limit for one message */

int notify_open(Notify *notify) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        socklen_t length = sizeof(address.sun_family); /* the kernel chooses a free abstract name */
        int yes = 1;

        *notify = (Notify){ .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) };
        if (notify->fd < 0)
                return -errno;
        if (setsockopt(notify->fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
            bind(notify->fd, (struct sockaddr *) &address, length) < 0)
                goto fail;
        length = sizeof(address);
        if (getsockname(notify->fd, (struct sockaddr *) &address, &length) < 0)
                goto fail;
        length -= (socklen_t) offsetof(struct sockaddr_un, sun_path);
        if (length < 2 || length >= sizeof(notify->name))
                goto fail;
        memcpy(notify->name, address.sun_path, length);
        notify->name[0] = '@';
        notify->name[length] = '\0';
        return 0;

fail:
        notify_close(notify);
        return -EADDRNOTAVAIL;
}

void notify_close(Notify *notify) {
        if (notify->fd >= 0)
                (void) close(notify->fd);
        *notify = (Notify){ .fd = -1 };
}

/* The length of the character at `at` if it is valid UTF-8, or 0. */
static size_t utf8_length(const uint8_t *at, size_t left, uint32_t *ret_code) {
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t n = at[0] < 0x80 ? 1 : at[0] >= 0xf0 && at[0] < 0xf8 ? 4 : at[0] >= 0xe0 ? 3 : 2;
        uint32_t code = n == 1 ? at[0] : at[0] & (0xffU >> (n + 1));

        if (n > left || at[0] >= 0xf8 || (at[0] >= 0x80 && at[0] < 0xc0))
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((at[i] & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (at[i] & 0x3f);
        }
        if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
                return 0;
        *ret_code = code;
        return n;
}

int notify_clean_text(char *to, size_t size, const char *text, size_t length) {
        size_t used = 0;
        bool fits = true;

        for (size_t i = 0; i < length;) {
                uint32_t code = 0;
                size_t n = utf8_length((const uint8_t *) text + i, length - i, &code);
                /* C0, DEL and C1: a terminal would obey them */
                bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);

                if (n == 0)
                        return -1;
                fits = fits && used + (control ? 1 : n) <= size;
                if (fits && control)
                        to[used++] = code == '\t' ? ' ' : '?';
                else if (fits) {
                        memcpy(to + used, text + i, n);
                        used += n;
                }
                i += n;
        }
        return (int) used;
}

static bool take_lines(Notify *notify, const char *text, size_t length) {
        static const char key[] = "STATUS=";
        const size_t key_length = strlen(key);
        bool changed = false;

        while (length > 0) {
                const char *newline = memchr(text, '\n', length);
                size_t line = newline != NULL ? (size_t) (newline - text) : length;
                char clean[sizeof(notify->status)];
                int n = -1;

                if (line >= key_length && memcmp(text, key, key_length) == 0)
                        n = notify_clean_text(clean, sizeof(clean), text + key_length, line - key_length);
                if (n >= 0) {
                        memcpy(notify->status, clean, (size_t) n);
                        notify->status_length = (size_t) n;
                        changed = true;
                }
                line += newline != NULL;
                text += line;
                length -= line;
        }
        return changed;
}

/* Closes the descriptors that came along: one with BARRIER=1 is waited for, and others would fill our table.
 * True if the sender is the user that we are: anybody can find out the name. */
static bool take_control(struct msghdr *header) {
        bool ours = false;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
                struct ucred credentials;
                int fd;

                if (c->cmsg_level != SOL_SOCKET)
                        continue;
                if (c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len >= CMSG_LEN(sizeof(credentials))) {
                        memcpy(&credentials, CMSG_DATA(c), sizeof(credentials));
                        ours = credentials.uid == getuid();
                }
                for (size_t at = 0; c->cmsg_type == SCM_RIGHTS && CMSG_LEN(at + sizeof(fd)) <= c->cmsg_len;
                     at += sizeof(fd)) {
                        memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
                        (void) close(fd);
                }
        }
        return ours;
}

bool notify_receive(Notify *notify) {
        bool changed = false;

        for (int i = 0; i < AT_ONCE; i++) {
                char text[DATAGRAM_MAX];
                union {
                        struct cmsghdr align;
                        uint8_t bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(FDS_MAX * sizeof(int))];
                } control;
                struct iovec part = { text, sizeof(text) };
                struct msghdr header = {
                        .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = &control,
                        .msg_controllen = sizeof(control),
                };
                ssize_t n = recvmsg(notify->fd, &header, MSG_CMSG_CLOEXEC);

                if (n < 0)
                        break;
                /* cut off, it is nothing that a command has to say about itself */
                if (take_control(&header) && (header.msg_flags & MSG_TRUNC) == 0 && n > 0)
                        changed = take_lines(notify, text, (size_t) n) || changed;
        }
        return changed;
}
