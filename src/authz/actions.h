/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "authz/polkit.h"

/* What polkit is asked for: polkit/org.jobd1.policy. */
typedef enum AuthzAction {
        AUTHZ_START = 1 << 0,          /* start a job as oneself */
        AUTHZ_START_CONFINED = 1 << 1, /* the same, from inside of a box or as a service's user */
        AUTHZ_START_AS = 1 << 2,       /* as another user or group */
        AUTHZ_SET_PROPERTIES = 1 << 3, /* with raw unit properties */
        AUTHZ_MANAGE = 1 << 4,         /* somebody else's job */
        AUTHZ_RECEIVE = 1 << 5,        /* somebody else's command and output */
} AuthzAction;

/* The first of several, and its name in *ret_id. */
AuthzAction authz_first_action(AuthzAction of, const char **ret_id);

/* The error for any verdict but a yes. `what`: how it begins. Returns it as a negative number. */
int authz_set_error(sd_bus_error *error, PolkitVerdict verdict, const char *what, const char *id,
                    const char *why);
