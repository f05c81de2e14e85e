/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <pwd.h>
#include <stdio.h>

#include "base/user.h"

char *user_dup_name(uid_t uid) {
        FILE *file = fopen("/etc/passwd", "re");
        struct passwd *entry;
        char *name = NULL;

        while (file && !name && (entry = fgetpwent(file)))
                if (entry->pw_uid == uid)
                        name = g_strdup(entry->pw_name);
        if (file)
                (void) fclose(file);
        return name ? name : g_strdup_printf("%u", uid);
}
