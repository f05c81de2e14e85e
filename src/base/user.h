/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Users and groups of /etc/passwd and /etc/group. Not NSS: a directory server may take seconds to answer,
 * and these are called from the loop. Whoever is elsewhere goes by number.
 */

#define UID_INVALID ((uid_t) -1)
#define GID_INVALID ((gid_t) -1)

/* The user's name, or the number. For the caller to free. */
char *user_dup_name(uid_t uid);
char *group_dup_name(gid_t gid);

/* By name, or by number, which need not be in the file. −ESRCH: no such name; −EINVAL: a number that cannot
 * be one. */
int user_find(const char *word, uid_t *ret);
int group_find(const char *word, gid_t *ret);

/* Of a person, not of a service: systemd's ranges. */
bool user_is_regular(uid_t uid);
