/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec/bulk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "wire/record.h"

/* journald takes no other memfd. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static bool write_all(int fd, const void *bytes, size_t size, size_t at) {
        for (size_t done = 0; done < size;) {
                ssize_t n = pwrite(fd, (const uint8_t *) bytes + done, size - done, (off_t) (at + done));

                if (n <= 0)
                        return false;
                done += (size_t) n;
        }
        return true;
}

static bool read_all(int fd, void *bytes, size_t size, size_t at) {
        for (size_t done = 0; done < size;) {
                ssize_t n = pread(fd, (uint8_t *) bytes + done, size - done, (off_t) (at + done));

                if (n <= 0)
                        return false;
                done += (size_t) n;
        }
        return true;
}

/* Filters of system calls that a process has; −1: not known. */
static long count_filters(const char *status) {
        FILE *file = fopen(status, "re");
        char line[256];
        long n = -1;

        while (file != NULL && n < 0 && fgets(line, sizeof(line), file) != NULL)
                (void) sscanf(line, "Seccomp_filters: %ld", &n);
        if (file != NULL)
                (void) fclose(file);
        return n;
}

/* Of the unit's own; in a container all have some, and PID 1 as well. */
static bool is_filtered(void) {
        long own, system;

        if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0)
                return false;
        own = count_filters("/proc/self/status");
        system = count_filters("/proc/1/status");
        return own < 0 || own != system;
}

bool bulk_is_possible(void) {
        struct rlimit limit;

        return getrlimit(RLIMIT_FSIZE, &limit) >= 0 &&
               limit.rlim_cur >= RECORD_DATA_MAX + 2 * COMPOSE_FIELDS_MAX && !is_filtered();
}

bool bulk_begin(Bulk *bulk, const ComposeJob *job, const Piece *piece) {
        uint8_t head[COMPOSE_FIELDS_MAX];

        *bulk = (Bulk){
                .fd = memfd_create("jobd-output", MFD_CLOEXEC | MFD_ALLOW_SEALING),
                .stream = piece->stream,
                .head = compose_bulk_head(head, job, piece->stream, piece->offset),
                .length = piece->length,
        };
        if (bulk->fd < 0)
                return false;
        if (write_all(bulk->fd, head, bulk->head, 0) &&
            write_all(bulk->fd, piece->bytes, piece->length, bulk->head))
                return true;
        bulk_free(bulk);
        return false;
}

ssize_t bulk_read(Bulk *bulk, int pipe, size_t max) {
        off_t at = (off_t) (bulk->head + bulk->length);
        size_t room = RECORD_DATA_MAX - bulk->length;
        ssize_t n;

        if (max > room)
                max = room;
        n = splice(pipe, NULL, bulk->fd, &at, max, SPLICE_F_NONBLOCK);
        if (n > 0)
                bulk->length += (size_t) n;
        else if (n < 0 && errno != EAGAIN) {
                /* the job's memory limit, most likely: what is in the pipe is still there */
                bulk->full = true;
                errno = ENOSPC;
        }
        if (bulk->length == RECORD_DATA_MAX)
                bulk->full = true;
        return n;
}

/* Bytes behind the last newline, which are put into `rest` and cut off; 0 if there is none in sight. */
static size_t cut_rest(Bulk *bulk, uint8_t *rest, size_t size) {
        size_t n = bulk->length < size ? bulk->length : size;
        const uint8_t *newline;

        if (!read_all(bulk->fd, rest, n, bulk->head + bulk->length - n))
                return 0;
        bulk->newline = rest[n - 1] == '\n';
        newline = memrchr(rest, '\n', n);
        if (bulk->newline || newline == NULL)
                return 0;
        bulk->newline = true;
        n -= (size_t) (newline + 1 - rest);
        memmove(rest, newline + 1, n);
        bulk->length -= n;
        return n;
}

static bool end_record(const Bulk *bulk) {
        size_t end = bulk->head + bulk->length;
        uint64_t length = compose_length(bulk->length - bulk->newline);
        uint8_t tail[COMPOSE_FIELDS_MAX];
        size_t n_tail = compose_bulk_tail(tail, bulk->newline);

        return write_all(bulk->fd, &length, sizeof(length), bulk->head - sizeof(length)) &&
               ftruncate(bulk->fd, (off_t) end) >= 0 && write_all(bulk->fd, tail, n_tail, end) &&
               fcntl(bulk->fd, F_ADD_SEALS, SEALS) >= 0;
}

int bulk_finish(Bulk *bulk, bool whole, uint8_t rest[static BULK_REST_MAX], size_t *ret_rest) {
        int fd = bulk->fd;

        assert(bulk->length > 0);

        *ret_rest = 0;
        if (!bulk->finishing)
                *ret_rest = cut_rest(bulk, rest, whole ? 1 : BULK_REST_MAX);
        bulk->full = bulk->finishing = true;
        if (!end_record(bulk))
                return -errno;
        *bulk = BULK_NONE;
        return fd;
}

void bulk_free(Bulk *bulk) {
        if (bulk->fd >= 0)
                (void) close(bulk->fd);
        *bulk = BULK_NONE;
}
