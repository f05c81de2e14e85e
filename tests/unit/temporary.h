/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* A directory for one test: temporary_make() in its setup, temporary_remove() in its teardown. */
static char *temporary_path;
static int temporary_fd = -1;

static inline int temporary_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static inline void temporary_make(void) {
        temporary_path = g_dir_make_tmp("jobd-test-XXXXXX", NULL);
        ck_assert_ptr_nonnull(temporary_path);
        temporary_fd = open(temporary_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(temporary_fd, 0);
}

static inline void temporary_remove(void) {
        (void) close(temporary_fd);
        (void) nftw(temporary_path, temporary_remove_one, 8, FTW_DEPTH | FTW_PHYS);
        g_clear_pointer(&temporary_path, g_free);
}

/* PATH is below the directory; directories on the way are made. */
static inline void temporary_write(const char *path, const char *text, gssize size) {
        g_autofree char *full = g_build_filename(temporary_path, path, NULL),
                        *dir = g_path_get_dirname(full);

        ck_assert_int_eq(g_mkdir_with_parents(dir, 0700), 0);
        ck_assert(g_file_set_contents(full, text, size, NULL));
}

/* NULL if there is no such file. */
static inline char *temporary_read(const char *path, gsize *ret_size) {
        g_autofree char *full = g_build_filename(temporary_path, path, NULL);
        char *text = NULL;

        (void) g_file_get_contents(full, &text, ret_size, NULL);
        return text;
}

static inline bool temporary_exists(const char *path) {
        return faccessat(temporary_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
