/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec-fake.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire/control.h"

#define PROCS "journald.procs"

static void write_procs(const Fake *fake) {
        char path[128], temporary[160];
        FILE *file;

        (void) snprintf(path, sizeof(path), "%s/" PROCS, fake->dir);
        (void) snprintf(temporary, sizeof(temporary), "%s.new", path);
        file = fopen(temporary, "we");
        ck_assert_ptr_nonnull(file);
        if (fake->process > 0)
                ck_assert_int_gt(fprintf(file, "%d\n", (int) fake->process), 0);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_int_eq(rename(temporary, path), 0);
}

void fake_open(Fake *fake) {
        *fake = (Fake){ .fd = -1 };
        (void) snprintf(fake->dir, sizeof(fake->dir), "/tmp/test-exec-XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(fake->dir));
        (void) snprintf(fake->socket, sizeof(fake->socket), "%s/socket", fake->dir);
        fake->config = (ExecConfig){
                .journald_procs = PROCS,
                .cgroup_root = fake->dir,
                .manager = getpid(),
                .patience = 10000000,
                .look = 20000,
        };
        fake_bind(fake);
        fake_start(fake);
}

void fake_close(Fake *fake) {
        char path[128];

        if (fake->process > 0)
                fake_kill(fake);
        fake_unbind(fake);
        (void) snprintf(path, sizeof(path), "%s/" PROCS, fake->dir);
        (void) unlink(path);
        ck_assert_int_eq(rmdir(fake->dir), 0);
}

void fake_bind(Fake *fake) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        fake->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(fake->fd, 0);
        (void) strcpy(address.sun_path, fake->socket);
        ck_assert_int_eq(bind(fake->fd, (struct sockaddr *) &address, sizeof(address)), 0);
}

void fake_unbind(Fake *fake) {
        if (fake->fd < 0)
                return;
        (void) unlink(fake->socket);
        (void) close(fake->fd);
        fake->fd = -1;
}

int fake_connect(const Fake *fake) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        ck_assert_int_ge(fd, 0);
        (void) strcpy(address.sun_path, fake->socket);
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0)
                return fd;
        (void) close(fd);
        return -1;
}

void fake_attach(struct msghdr *header, char *bytes, int fd, size_t n) {
        struct cmsghdr *c = (struct cmsghdr *) bytes;

        memset(bytes, 0, CMSG_SPACE(n * sizeof(int)));
        header->msg_control = bytes;
        header->msg_controllen = CMSG_SPACE(n * sizeof(int));
        *c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                               .cmsg_type = SCM_RIGHTS,
                               .cmsg_len = CMSG_LEN(n * sizeof(int)) };
        for (size_t i = 0; i < n; i++)
                memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(int));
}

void fake_supply(const Fake *fake, int control) {
        ControlMessage message = { .type = CONTROL_JOURNAL };
        struct iovec part = { &message, sizeof(message) };
        struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
        _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int))];
        int fd = fake_connect(fake);

        if (fd >= 0)
                fake_attach(&header, bytes, fd, 1);
        /* it may have ended meanwhile */
        ck_assert(sendmsg(control, &header, MSG_NOSIGNAL) >= 0 || errno == EPIPE);
        if (fd >= 0)
                (void) close(fd);
}

void fake_start(Fake *fake) {
        pid_t parent = getpid();
        int ready[2];
        char byte;

        ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
        fake->process = fork();
        ck_assert_int_ge(fake->process, 0);
        if (fake->process == 0) {
                /* it must not hold what the test closes, nor outlive it */
                if (fake->fd >= 0)
                        (void) close(fake->fd);
                (void) close(ready[0]);
                (void) close(ready[1]);
                while (getppid() == parent)
                        (void) poll(NULL, 0, 100);
                _exit(EXIT_SUCCESS);
        }
        (void) close(ready[1]);
        ck_assert_int_eq(read(ready[0], &byte, 1), 0);
        (void) close(ready[0]);
        write_procs(fake);
}

void fake_kill(Fake *fake) {
        pid_t process = fake->process;

        fake->process = 0;
        write_procs(fake);
        ck_assert_int_eq(kill(process, SIGKILL), 0);
        ck_assert_int_eq(waitpid(process, NULL, 0), process);
}

bool fake_is_waiting(const Fake *fake) {
        struct pollfd fd = { .fd = fake->fd, .events = POLLIN };

        return poll(&fd, 1, 0) == 1;
}

/* As journald takes them: sealed, so that nobody can change them while they are read. */
static size_t read_memfd(int fd, void *bytes, size_t size) {
        const int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
        ssize_t n;

        ck_assert_int_eq(fcntl(fd, F_GET_SEALS) & needed, needed);
        n = pread(fd, bytes, size, 0);
        ck_assert_int_ge(n, 0);
        (void) close(fd);
        return (size_t) n;
}

void fake_receive(Fake *fake, Record *record) {
        struct pollfd fd = { .fd = fake->fd, .events = POLLIN };
        _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        struct iovec part = { record->bytes, sizeof(record->bytes) };
        struct msghdr header = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
        };
        ssize_t n;
        int passed;

        ck_assert_msg(poll(&fd, 1, 10000) == 1, "no datagram came");
        n = recvmsg(fake->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        ck_assert_int_ge(n, 0);
        record->length = (size_t) n;
        record->large = CMSG_FIRSTHDR(&header) != NULL;
        if (record->large) {
                ck_assert_int_eq(n, 0);
                memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(passed));
                record->length = read_memfd(passed, record->bytes, sizeof(record->bytes));
        }
        ck_assert_uint_lt(record->length, sizeof(record->bytes));
}

const uint8_t *record_field(const Record *record, const char *name, size_t *ret_length) {
        size_t name_length = strlen(name), at = 0;

        while (at < record->length) {
                const uint8_t *line = record->bytes + at, *value;
                const uint8_t *newline = memchr(line, '\n', record->length - at);
                const uint8_t *equals;
                size_t length;

                ck_assert_msg(newline != NULL, "a field does not end");
                equals = memchr(line, '=', (size_t) (newline - line));
                if (equals != NULL) {
                        value = equals + 1;
                        length = (size_t) (newline - value);
                } else {
                        uint64_t wire;

                        memcpy(&wire, newline + 1, sizeof(wire));
                        value = newline + 1 + sizeof(wire);
                        length = wire;
                        equals = newline;
                }
                ck_assert_uint_lt((size_t) (value - record->bytes) + length, record->length);
                ck_assert_int_eq(value[length], '\n');
                if ((size_t) (equals - line) == name_length && memcmp(line, name, name_length) == 0) {
                        *ret_length = length;
                        return value;
                }
                at = (size_t) (value - record->bytes) + length + 1;
        }
        return NULL;
}

bool record_has(const Record *record, const char *name, const char *value) {
        size_t length;
        const uint8_t *found = record_field(record, name, &length);

        return found != NULL && length == strlen(value) && memcmp(found, value, length) == 0;
}

uint64_t record_number(const Record *record, const char *name) {
        size_t length;
        const uint8_t *found = record_field(record, name, &length);

        ck_assert_msg(found != NULL, "no field %s", name);
        return strtoull((const char *) found, NULL, 10);
}
