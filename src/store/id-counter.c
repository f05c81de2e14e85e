/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/id-counter.h"

/* All lines have this length, so that a write in place never leaves half of the old one. */
#define LINE_FORMAT "JOBDID1 %010u %010u %s\n"
#define LINE_SIZE   (7 + 1 + 10 + 1 + 10 + 1 + 32 + 1)

static void format_line(const IdCounter *counter, const char *boot_id, char line[static LINE_SIZE + 1]) {
        (void) snprintf(line, LINE_SIZE + 1, LINE_FORMAT, counter->next, counter->reserved, boot_id);
}

static int counter_write(IdCounter *counter) {
        char line[LINE_SIZE + 1];
        ssize_t n;

        format_line(counter, counter->boot_id, line);
        n = pwrite(counter->fd, line, LINE_SIZE, 0);
        if (n < 0)
                return -errno;
        return n == LINE_SIZE ? 0 : -ENOSPC;
}

static int counter_read(IdCounter *counter, char boot_id[static 33]) {
        char line[LINE_SIZE + 1] = "", same[LINE_SIZE + 1];
        ssize_t n = pread(counter->fd, line, LINE_SIZE, 0);

        if (n < 0)
                return -errno;
        if (n == 0)
                return 0; /* a new file */
        if (n != LINE_SIZE ||
            sscanf(line, "JOBDID1 %10u %10u %32[0-9a-f]", &counter->next, &counter->reserved, boot_id) != 3)
                return -EBADMSG;
        /* sscanf() takes signs, and numbers that do not fit: only what would be written the same is meant */
        format_line(counter, boot_id, same);
        if (strcmp(line, same) != 0 || counter->next == 0 || counter->next > counter->reserved)
                return -EBADMSG;
        return 1;
}

int id_counter_open(IdCounter *counter, int dir_fd, uint32_t at_least, const char *boot_id) {
        char written_in[33] = "";
        int r;

        *counter = (IdCounter){ .fd = -1, .next = 1 };
        g_strlcpy(counter->boot_id, boot_id, sizeof(counter->boot_id));
        counter->fd = openat(dir_fd, "next-id", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (counter->fd < 0)
                return -errno;

        r = counter_read(counter, written_in);
        if (r < 0) {
                id_counter_close(counter);
                return r;
        }
        if (strcmp(written_in, boot_id) != 0)
                counter->next = MAX(counter->next, counter->reserved);
        counter->next = MAX(counter->next, at_least);
        return r == 0;
}

void id_counter_close(IdCounter *counter) {
        fd_clear(&counter->fd);
}

int id_counter_take(IdCounter *counter, uint32_t *ret) {
        uint32_t id = counter->next;
        int r;

        if (id == UINT32_MAX)
                return -ERANGE;
        counter->next = id + 1;
        if (id >= counter->reserved) {
                uint32_t before = counter->reserved;

                counter->reserved = id > UINT32_MAX - ID_BLOCK ? UINT32_MAX : id + ID_BLOCK;
                r = counter_write(counter);
                if (r >= 0 && fdatasync(counter->fd) < 0)
                        r = -errno;
                if (r < 0)
                        counter->reserved = before;
        } else
                r = counter_write(counter);
        if (r < 0) {
                counter->next = id;
                return r;
        }
        *ret = id;
        return 0;
}
