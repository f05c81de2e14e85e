/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "exec/spec.h"

/*
 * The command's environment: the spec's assignments, over the inherited ones if the spec says so, and above
 * both what jobd-exec itself provides. Of several assignments to one name the last counts.
 */
typedef struct Environment {
        char **assignments; /* NULL-terminated */
        char *own;          /* the text of those of jobd-exec */
} Environment;

/* The job's directory; "~" is the home that is inherited, for a user without one the root. */
const char *environment_directory(const Spec *spec, char **inherited);

/* `notify` is the value of NOTIFY_SOCKET, or NULL. 0 or −ENOMEM. `spec` and `inherited` must stay. */
int environment_build(const Spec *spec, char **inherited, const char *notify, Environment *ret);

void environment_free(Environment *environment);
