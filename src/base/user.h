/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

/* The user's name of /etc/passwd, or the number. Not NSS: a directory server may take seconds to answer, and this
 * is called from the loop. For the caller to free. */
char *user_dup_name(uid_t uid);
