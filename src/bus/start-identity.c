/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/start-as.h"
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

/* In one go: there may be a quarter of a million. */
static void keep_what_goes_along(GPtrArray **words) {
        g_autoptr(GPtrArray) all = *words;

        *words = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < all->len; i++)
                if (variable_goes_along(g_ptr_array_index(all, i)))
                        g_ptr_array_add(*words, g_strdup(g_ptr_array_index(all, i)));
}

/* A whole environment is the caller's, of which the rest is left behind; a single variable was meant, and is
 * refused. */
static int reduce_environment(StartOptions *o, sd_bus_error *error) {
        for (guint i = 0; o->environment && i < o->environment->len; i++) {
                const char *word = g_ptr_array_index(o->environment, i);

                if (!variable_goes_along(word))
                        return error_setf(error, -JOBD_E_INVALID_ARGUMENT,
                                          "Option Environment: as another user or group only TERM, LANG and "
                                          "LC_* may be set, without '/' and '%%', not '%.32s'",
                                          word);
        }
        if (o->environment_bytes)
                keep_what_goes_along(&o->environment_bytes);
        return 0;
}

int start_settle_identity(StartOptions *o, const Caller *caller, bool *ret_other, sd_bus_error *error) {
        JobRequest *request = o->request;
        uid_t uid = caller->uid;
        gid_t gid = GID_INVALID;
        uint32_t umask;
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
        umask = (uint32_t) job_values_number(request->values, JOB_OPTION_UMASK) | OTHERS_UMASK;
        job_values_set(request->values, JOB_OPTION_UMASK, g_variant_new_uint32(umask));
        return reduce_environment(o, error);
}
