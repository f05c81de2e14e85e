/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A directory of the test's own, gone with it: g_auto(TestDir) dir = test_dir(). */
typedef struct TestDir {
        char path[64];
        int fd;
} TestDir;

static inline TestDir test_dir(void) {
        TestDir dir = { .path = "/var/tmp/jobd-test-XXXXXX" };

        if (!mkdtemp(dir.path))
                abort();
        dir.fd = open(dir.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir.fd < 0)
                abort();
        return dir;
}

static inline int test_dir_remove(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void) st;
        (void) type;
        (void) ftw;
        return remove(path);
}

static inline void test_dir_clear(TestDir *dir) {
        (void) close(dir->fd);
        (void) nftw(dir->path, test_dir_remove, 8, FTW_DEPTH | FTW_PHYS);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TestDir, test_dir_clear)

/* For cache_consume(), where the record is not what is tested. */
static inline int save_nothing(void *userdata) {
        (void) userdata;
        return 0;
}
