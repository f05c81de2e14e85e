/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stddef.h>
#include <string.h>

#include "authz/verbs.h"
#include "wire/names.h"

static const struct {
        const char *interface;
        const char *member;
        Verb verb;
        bool acts; /* as opposed to: only answers */
} verbs[] = {
        { JOBD_MANAGER_INTERFACE, "StartJob", VERB_START, true },
        { JOBD_MANAGER_INTERFACE, "GetJob", VERB_PUBLIC, false },
        { JOBD_MANAGER_INTERFACE, "ListJobs", VERB_PUBLIC, false },
        { JOBD_MANAGER_INTERFACE, "WaitJobs", VERB_PUBLIC, false },
        { JOBD_MANAGER_INTERFACE, "Reload", VERB_ROOT, true },
        { JOBD_MANAGER_INTERFACE, "Subscribe", VERB_PUBLIC, true },
        { JOBD_MANAGER_INTERFACE, "Unsubscribe", VERB_PUBLIC, true },
        { JOBD_JOB_INTERFACE, "Wait", VERB_PUBLIC, false },
        { JOBD_JOB_INTERFACE, "Stop", VERB_MANAGE, true },
        { JOBD_JOB_INTERFACE, "Kill", VERB_MANAGE, true },
        { JOBD_JOB_INTERFACE, "Suspend", VERB_MANAGE, true },
        { JOBD_JOB_INTERFACE, "Resume", VERB_MANAGE, true },
        { JOBD_JOB_INTERFACE, "Remove", VERB_MANAGE, true },
        { JOBD_JOB_INTERFACE, "ListChildren", VERB_PUBLIC, false },
        { JOBD_JOB_INTERFACE, "SetThrottleLimit", VERB_MANAGE, true },
        { JOBD_JOB_INTERFACE, "GetDetails", VERB_RECEIVE, false },
        { JOBD_JOB_INTERFACE, "ReadOutput", VERB_RECEIVE, false },
        { JOBD_JOB_INTERFACE, "OpenOutput", VERB_RECEIVE, false },
        { JOBD_JOB_INTERFACE, "BeginReceive", VERB_RECEIVE, true },
        { JOBD_JOB_INTERFACE, "Consume", VERB_RECEIVE, true },
        { JOBD_JOB_INTERFACE, "EndReceive", VERB_RECEIVE, true },
        { JOBD_JOB_INTERFACE, "Receive", VERB_RECEIVE, false },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static size_t find(const char *interface, const char *member) {
        size_t i = 0;

        while (i < N_VERBS &&
               !(strcmp(verbs[i].member, member) == 0 && strcmp(verbs[i].interface, interface) == 0))
                i++;
        return i;
}

Verb verb_find(const char *interface, const char *member) {
        size_t i = interface && member ? find(interface, member) : N_VERBS;

        return i < N_VERBS ? verbs[i].verb : VERB_NONE;
}

bool verb_only_answers(const char *interface, const char *member) {
        size_t i = interface && member ? find(interface, member) : N_VERBS;

        return i == N_VERBS || !verbs[i].acts;
}
