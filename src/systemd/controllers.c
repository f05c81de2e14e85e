/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "systemd/controllers.h"

/* The kernel's own file, which never waits for a disk. */
static bool unified_has(const char *root, const char *name) {
        g_autofree char *path = g_build_filename(root, "cgroup.controllers", NULL), *text = NULL;
        g_auto(GStrv) words = NULL;

        if (!g_file_get_contents(path, &text, NULL, NULL))
                return false;
        words = g_strsplit(g_strchomp(text), " ", -1);
        return g_strv_contains((const char *const *) words, name);
}

/* A tree of its own for each; systemd makes no use of that for processors. */
static bool legacy_has(const char *root, const char *name) {
        g_autofree char *path = g_build_filename(root, strcmp(name, "io") == 0 ? "blkio" : name, NULL);

        return strcmp(name, "cpuset") != 0 && g_file_test(path, G_FILE_TEST_IS_DIR);
}

bool controllers_have(const char *root, const char *name) {
        return unified_has(root, name) || legacy_has(root, name);
}
