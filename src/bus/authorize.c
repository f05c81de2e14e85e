/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "authz/verbs.h"
#include "base/job-id.h"
#include "base/parse.h"
#include "base/user.h"
#include "bus/internal.h"

/* Who may: before any handler, and in those that act on a job. */

static bool is_ours(const char *interface) {
        return strcmp(interface, JOBD_MANAGER_INTERFACE) == 0 || strcmp(interface, JOBD_JOB_INTERFACE) == 0;
}

int bus_begin_call(BusServer *server, sd_bus_message *m, sd_bus_error *error) {
        const char *interface = sd_bus_message_get_interface(m), *member = sd_bus_message_get_member(m);

        if (sd_bus_message_is_method_call(m, NULL, NULL) <= 0)
                return 0;
        authz_begin_call(server->authz, m);
        if (!interface)
                return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_INTERFACE,
                                         "The call of %s does not name an interface", member);
        if (!is_ours(interface) || verb_find(interface, member) != VERB_NONE)
                return 0;
        return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_METHOD, "jobd has no method %s.%s", interface,
                                 member);
}

/* Asks with the job's id and owner: its command is nobody's business. */
static int ask(BusServer *server, sd_bus_message *call, const Job *job, const Caller *caller,
               AuthzAction action, sd_bus_error *error) {
        g_autofree char *owner = user_dup_name(job->owner);
        g_autofree char *asker = user_dup_name(caller->uid), *what = NULL;
        JobIdText id = job_id_label(job->id);
        char *const details[] = { "job", id.text, "owner", owner, NULL };
        int r;

        what = g_strdup_printf("Job %s belongs to another user, %s (uid %u), not to %s (uid %u)",
                               job_id_label(job->id).text, owner, job->owner, asker, caller->uid);
        r = authz_check(server->authz, call,
                        &(AuthzRequest){
                                        .uid = caller->uid,
                                        .actions = action,
                                        .details = details,
                                        .what = what,
                                        .size = HELD_CALL_SIZE,
                        },
                        error);
        return r < 0 ? bus_refuse(server, call, r, error) : r;
}

int bus_authorize(BusServer *server, sd_bus_message *call, const Job *job, const Caller **ret,
                  sd_bus_error *error) {
        Verb verb = verb_find(sd_bus_message_get_interface(call), sd_bus_message_get_member(call));
        int r = caller_get(server->callers, call, ret, error);

        if (r <= 0 || caller_is_owner(*ret, job->owner))
                return r;
        if (verb == VERB_MANAGE)
                return ask(server, call, job, *ret, AUTHZ_MANAGE, error);
        g_assert(verb == VERB_RECEIVE);
        if (authz_is_receiver(server->authz, (*ret)->name, job->id))
                return 1;
        r = ask(server, call, job, *ret, AUTHZ_RECEIVE, error);
        if (r > 0)
                authz_keep_receiver(server->authz, (*ret)->name, job->id);
        return r;
}

int bus_authorize_output(BusServer *server, sd_bus_message *call, const Job *job, const Caller **ret,
                         sd_bus_error *error) {
        int r = bus_authorize(server, call, job, ret, error);

        if (r <= 0 || !job->family)
                return r;
        return error_setf(error, -JOBD_E_NOT_SUPPORTED,
                          "Job %s has %u children, and no output of its own: receive theirs",
                          job_id_label(job->id).text, job->family->children->len);
}

static void on_granted(sd_bus_message *call, void *userdata) {
        BusServer *server = userdata;

        if (bus_handle_again(server, call) >= 0)
                return;
        (void) sd_bus_reply_method_errorf(call, JOBD_ERROR_PREFIX "LimitExceeded",
                                          "Too many calls at once: try again");
        authz_drop_call(server->authz, call);
}

static void on_refused(sd_bus_message *call, const sd_bus_error *error, void *userdata) {
        (void) bus_refuse(userdata, call, -EACCES, error);
        (void) sd_bus_reply_method_error(call, error);
}

const AuthzEvents bus_authz_events = { .granted = on_granted, .refused = on_refused };
