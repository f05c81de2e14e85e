/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/file.h"

int file_read(int dir_fd, const char *name, gsize max, char **ret_text, gsize *ret_size) {
        g_auto(Fd) fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        g_autofree char *text = NULL;
        struct stat st;
        gsize done = 0;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        if ((uint64_t) st.st_size > max)
                return -EFBIG;
        text = g_malloc((gsize) st.st_size + 1);
        while (done < (gsize) st.st_size) {
                ssize_t n = read(fd, text + done, (gsize) st.st_size - done);

                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                done += (gsize) n;
        }
        text[done] = '\0';
        *ret_text = g_steal_pointer(&text);
        *ret_size = done;
        return 0;
}

static int write_all(int fd, const char *data, gsize size) {
        while (size > 0) {
                ssize_t n = write(fd, data, size);

                if (n < 0)
                        return -errno;
                data += n;
                size -= (gsize) n;
        }
        return 0;
}

int file_write_atomic(int dir_fd, const char *name, const void *data, gsize size) {
        g_auto(Fd) fd = -1;
        char temporary[64];
        int r;

        (void) snprintf(temporary, sizeof(temporary), "%s.new", name);
        fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r >= 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, temporary, 0);
        return r;
}
