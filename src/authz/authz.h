/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#include "authz/actions.h"
#include "base/job-id.h"

/*
 * Method calls that wait for polkit. A call is read and checked whole, its question asked, and, after a yes,
 * handled again from the top: by then the same message gives the same actions and details, or the yes does
 * not count.
 *
 * A few questions of each user are with polkit at a time, the next ones wait here: nobody's questions keep
 * another's from being asked, and a burst of calls is no error.
 */

typedef struct AuthzLimits {
        /* calls of one user that wait for polkit's answer, asked already or not; not of root */
        guint per_user;
        guint in_all;
} AuthzLimits;

#define AUTHZ_PER_USER 1024U
#define AUTHZ_IN_ALL   8192U

typedef struct AuthzEvents {
        /* All was granted: the call's handler is called again. */
        void (*granted)(sd_bus_message *call, void *userdata);
        /* The call is to be answered with this error. */
        void (*refused)(sd_bus_message *call, const sd_bus_error *error, void *userdata);
} AuthzEvents;

typedef struct AuthzRequest {
        uid_t uid;            /* of the sender */
        pid_t pid;            /* its process, if `start_time` is not 0 */
        uint64_t start_time;  /* as of process_look() */
        AuthzAction actions;  /* all of these are needed */
        char *const *details; /* key, value, …, NULL */
        const char *what;     /* how errors begin, as in "Job 7 belongs to another user" */
        size_t size;          /* bytes of the call that matter: those of one user are limited */
        guint n_fds;          /* likewise, descriptors that it brought */
} AuthzRequest;

typedef struct Authz Authz;

Authz *authz_new(sd_event *event, const AuthzEvents *events, void *userdata);
void authz_free(Authz *authz);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Authz, authz_free)

void authz_set_limits(Authz *authz, const AuthzLimits *limits);

/* 1: granted. 0: polkit is asked; the handler returns 1, and one of the events follows, unless the sender
 * leaves. Negative: LimitExceeded, or AccessDenied as the call is not what it was when it was granted. */
int authz_check(Authz *authz, sd_bus_message *call, const AuthzRequest *request, sd_bus_error *error);

/* A call is about to be handled. The one before it was handled again with a yes: if it did not ask for that,
 * as its job is gone or has ended meanwhile, it does not need it any more. */
void authz_begin_call(Authz *authz, sd_bus_message *call);

/* A call that was granted cannot be handled again. */
void authz_drop_call(Authz *authz, sd_bus_message *call);

/* The connection has left the bus. */
void authz_drop_client(Authz *authz, const char *sender);

/* Takes note that this connection may receive that job: a receiver makes many calls, and is asked once. */
void authz_keep_receiver(Authz *authz, const char *sender, JobId job);
gboolean authz_is_receiver(const Authz *authz, const char *sender, JobId job);
