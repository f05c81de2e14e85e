/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "authz/verbs.h"
#include "base/names.h"

static const struct {
        const char *interface;
        const char *member;
        Verb verb;
} verbs[] = {
        { JOBD_MANAGER_INTERFACE, "StartJob", VERB_START },
        { JOBD_MANAGER_INTERFACE, "GetJob", VERB_PUBLIC },
        { JOBD_MANAGER_INTERFACE, "ListJobs", VERB_PUBLIC },
        { JOBD_MANAGER_INTERFACE, "WaitJobs", VERB_PUBLIC },
        { JOBD_MANAGER_INTERFACE, "Reload", VERB_ROOT },
        { JOBD_JOB_INTERFACE, "Wait", VERB_PUBLIC },
        { JOBD_JOB_INTERFACE, "Stop", VERB_MANAGE },
        { JOBD_JOB_INTERFACE, "Kill", VERB_MANAGE },
        { JOBD_JOB_INTERFACE, "Remove", VERB_MANAGE },
        { JOBD_JOB_INTERFACE, "GetDetails", VERB_RECEIVE },
        { JOBD_JOB_INTERFACE, "ReadOutput", VERB_RECEIVE },
        { JOBD_JOB_INTERFACE, "OpenOutput", VERB_RECEIVE },
        { JOBD_JOB_INTERFACE, "BeginReceive", VERB_RECEIVE },
        { JOBD_JOB_INTERFACE, "Consume", VERB_RECEIVE },
        { JOBD_JOB_INTERFACE, "EndReceive", VERB_RECEIVE },
        { JOBD_JOB_INTERFACE, "Receive", VERB_RECEIVE },
};

Verb verb_find(const char *interface, const char *member) {
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
                if (strcmp(verbs[i].member, member) == 0 && strcmp(verbs[i].interface, interface) == 0)
                        return verbs[i].verb;
        return VERB_NONE;
}
