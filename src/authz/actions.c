/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "authz/actions.h"
#include "base/error.h"

static const struct {
        AuthzAction action;
        const char *id;
} actions[] = {
        { AUTHZ_START, "org.jobd1.start" },       { AUTHZ_START_CONFINED, "org.jobd1.start-confined" },
        { AUTHZ_START_AS, "org.jobd1.start-as" }, { AUTHZ_SET_PROPERTIES, "org.jobd1.set-properties" },
        { AUTHZ_MANAGE, "org.jobd1.manage" },     { AUTHZ_RECEIVE, "org.jobd1.receive" },
};

AuthzAction authz_first_action(AuthzAction of, const char **ret_id) {
        for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
                if (of & actions[i].action) {
                        *ret_id = actions[i].id;
                        return actions[i].action;
                }
        g_assert_not_reached();
}

#define BY_RULE "by a rule of polkit, see jobd(8)"

int authz_set_error(sd_bus_error *error, PolkitVerdict verdict, const char *what, const char *id,
                    const char *why) {
        switch (verdict) {
        case POLKIT_CHALLENGE:
                /* the name that says: ask again, with the flag that allows a question */
                return sd_bus_error_setf(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                         "%s: an administrator must allow it (%s), now or " BY_RULE, what,
                                         id);
        case POLKIT_DISMISSED:
                return error_setf(error, -JOBD_E_ACCESS_DENIED,
                                  "%s: nobody answered the question (%s); an administrator can allow "
                                  "it " BY_RULE,
                                  what, id);
        case POLKIT_UNAVAILABLE:
                return error_setf(error, -JOBD_E_POLICY_UNAVAILABLE, "%s: polkit cannot be asked (%s): %s",
                                  what, id, why);
        default:
                return error_setf(error, -JOBD_E_ACCESS_DENIED,
                                  "%s: not authorized (%s); an administrator can allow it " BY_RULE, what,
                                  id);
        }
}
