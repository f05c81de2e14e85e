/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/user.h"

#define REGULAR_MIN 1000U
/* Between those of homed and the 32-bit ones: users that systemd makes up for services (DynamicUser=),
 * nobody, and the 16-bit −1. */
#define SERVICES_MIN 60514U
#define SERVICES_MAX 65535U

/* One line of either file. */
typedef struct Entry {
        const char *name;
        uint32_t id;
} Entry;

typedef bool (*ReadEntry)(FILE *file, Entry *ret);

static bool read_user(FILE *file, Entry *ret) {
        const struct passwd *entry = fgetpwent(file);

        if (entry)
                *ret = (Entry){ entry->pw_name, entry->pw_uid };
        return entry;
}

static bool read_group(FILE *file, Entry *ret) {
        const struct group *entry = fgetgrent(file);

        if (entry)
                *ret = (Entry){ entry->gr_name, entry->gr_gid };
        return entry;
}

static char *dup_name(const char *path, ReadEntry read, uint32_t id) {
        FILE *file = fopen(path, "re");
        char *name = NULL;
        Entry entry;

        while (file && !name && read(file, &entry))
                if (entry.id == id)
                        name = g_strdup(entry.name);
        if (file)
                (void) fclose(file);
        return name ? name : g_strdup_printf("%u", id);
}

static int find_name(const char *path, ReadEntry read, const char *name, uint32_t *ret) {
        FILE *file = fopen(path, "re");
        int r = -ESRCH;
        Entry entry;

        while (file && r < 0 && read(file, &entry))
                if (strcmp(entry.name, name) == 0) {
                        *ret = entry.id;
                        r = 0;
                }
        if (file)
                (void) fclose(file);
        return r;
}

static int find_id(const char *path, ReadEntry read, const char *word, uint32_t *ret) {
        if (!g_ascii_isdigit(word[0]))
                return find_name(path, read, word, ret);
        /* both mean "no change" in some system call */
        if (parse_u32(word, ret) < 0 || *ret == UINT16_MAX || *ret == UINT32_MAX)
                return -EINVAL;
        return 0;
}

char *user_dup_name(uid_t uid) {
        return dup_name("/etc/passwd", read_user, uid);
}

char *group_dup_name(gid_t gid) {
        return dup_name("/etc/group", read_group, gid);
}

int user_find(const char *word, uid_t *ret) {
        return find_id("/etc/passwd", read_user, word, ret);
}

int group_find(const char *word, gid_t *ret) {
        return find_id("/etc/group", read_group, word, ret);
}

bool user_is_regular(uid_t uid) {
        return uid >= REGULAR_MIN && uid != UID_INVALID && (uid < SERVICES_MIN || uid > SERVICES_MAX);
}
