/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/user.h"
#include "bus/start-identity.h"

/* Else a caller could have the other user's files written so that he may change them. */
#define OTHERS_UMASK 0022U

static int find_identity(const StartOptions *o, uid_t *uid, gid_t *gid, sd_bus_error *error) {
        if (o->user && user_find(o->user, uid) < 0)
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "Option User: there is no user '%.64s' in /etc/passwd; a user of another "
                                  "database goes by number",
                                  o->user);
        if (o->group && group_find(o->group, gid) < 0)
                return error_setf(
                                error, -JOBD_E_INVALID_ARGUMENT,
                                "Option Group: there is no group '%.64s' in /etc/group; a group of another "
                                "database goes by number",
                                o->group);
        return 0;
}

/* Absolute, and spelled in one way only: a rule about a folder must not be led out of it by "..". */
static bool path_is_normal(const char *path) {
        if (path[0] != '/' || strlen(path) >= JOBD_PATH_MAX)
                return false;
        for (const char *p = path; *p;) {
                size_t length = strcspn(++p, "/");

                if (length == 0 || (length == 1 && p[0] == '.') ||
                    (length == 2 && p[0] == '.' && p[1] == '.'))
                        return false;
                p += length;
        }
        return true;
}

/* The variables that only say how to write on the terminal, and in which language; their values could else name files. */
static bool is_harmless(const char *assignment) {
        size_t length = strcspn(assignment, "=");

        if (strpbrk(assignment + length, "/%"))
                return false;
        return (length == 4 &&
                (strncmp(assignment, "TERM", 4) == 0 || strncmp(assignment, "LANG", 4) == 0)) ||
               strncmp(assignment, "LC_", 3) == 0;
}

/* A whole environment is the caller's, of which the rest is left behind; a single variable was meant, and is refused. */
static int reduce_environment(StartOptions *o, sd_bus_error *error) {
        for (guint i = 0; o->environment && i < o->environment->len; i++) {
                const char *word = g_ptr_array_index(o->environment, i);

                if (!is_harmless(word))
                        return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                          "Option Environment: as another user or group only TERM, LANG and "
                                          "LC_* may be set, without '/' and '%%', not '%.32s'",
                                          word);
        }
        for (guint i = o->environment_bytes ? o->environment_bytes->len : 0; i > 0; i--)
                if (!is_harmless(g_ptr_array_index(o->environment_bytes, i - 1)))
                        g_ptr_array_remove_index(o->environment_bytes, i - 1);
        return 0;
}

int start_settle_identity(StartOptions *o, const Caller *caller, bool *ret_other, sd_bus_error *error) {
        JobRequest *request = o->request;
        uid_t uid = caller->uid;
        gid_t gid = GID_INVALID;
        int r;

        r = find_identity(o, &uid, &gid, error);
        if (r < 0)
                return r;
        request->uid = uid;
        request->gid = gid;
        *ret_other = uid != caller->uid || (gid != GID_INVALID && !caller_is_in_group(caller, gid));
        request->login_environment = *ret_other || !o->environment_bytes;
        if (!*ret_other)
                return 0;
        if (!path_is_normal(request->argv[0]))
                return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                  "As another user or group a program goes by its absolute path, without "
                                  "'.', '..' and '//', not '%.64s'",
                                  request->argv[0]);
        o->umask |= OTHERS_UMASK;
        return reduce_environment(o, error);
}
