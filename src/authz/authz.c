/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "authz/authz.h"
#include "base/cleanup.h"
#include "base/error.h"

/* With polkit at one time. Of all: dbus-daemon allows 128 calls without an answer. */
#define ASKED_PER_USER 8U
#define ASKED_IN_ALL   96U

/* Of the calls of one user that wait: a call may have 2 MiB. */
#define BYTES_PER_USER ((size_t) 32 * 1024 * 1024)
#define FDS_PER_USER   256U

/* What one user has here. */
typedef struct User {
        guint n_calls;
        guint n_asked, n_fds;
        size_t bytes;
} User;

typedef struct Pending Pending;

struct Authz {
        Polkit *polkit;
        AuthzLimits limits;
        GHashTable *pending; /* call → Pending */
        Pending *back;       /* granted, and being handled again; or NULL */
        GQueue waiting;      /* of Pending: not asked yet */
        GHashTable *users;   /* uid → User, of those who have something here */
        guint n_asked;
        GHashTable *receivers; /* connection → set of job ids */
        const AuthzEvents *events;
        void *userdata;
};

/* A call, from its first question to the moment when it comes back granted. */
struct Pending {
        Authz *authz;
        sd_bus_message *call;
        PolkitSubject subject;
        AuthzAction wanted, left; /* asked for in all; not granted yet */
        char **details;
        char *what;
        size_t size;
        guint n_fds;
        GList link;               /* in the queue if .data is set */
        PolkitQuestion *question; /* with polkit */
};

static User *user_of(Authz *authz, uid_t uid) {
        User *user = g_hash_table_lookup(authz->users, GUINT_TO_POINTER(uid));

        if (!user) {
                user = g_new0(User, 1);
                g_hash_table_insert(authz->users, GUINT_TO_POINTER(uid), user);
        }
        return user;
}

static void leave_queue(Pending *pending) {
        if (!pending->link.data)
                return;
        g_queue_unlink(&pending->authz->waiting, &pending->link);
        pending->link.data = NULL;
}

static void end_question(Pending *pending) {
        if (!pending->question)
                return;
        g_clear_pointer(&pending->question, polkit_question_free);
        pending->authz->n_asked--;
        user_of(pending->authz, pending->subject.uid)->n_asked--;
}

static void pending_free(gpointer p) {
        Pending *pending = p;
        Authz *authz = pending->authz;
        User *user = user_of(authz, pending->subject.uid);

        if (authz->back == pending)
                authz->back = NULL;
        end_question(pending);
        leave_queue(pending);
        user->bytes -= pending->size;
        user->n_fds -= pending->n_fds;
        if (--user->n_calls == 0)
                g_hash_table_remove(authz->users, GUINT_TO_POINTER(pending->subject.uid));
        sd_bus_message_unref(pending->call);
        g_strfreev(pending->details);
        g_free(pending->what);
        g_free(pending);
}

static void set_free(gpointer p) {
        g_hash_table_unref(p);
}

Authz *authz_new(sd_event *event, const AuthzEvents *events, void *userdata) {
        Authz *authz = g_new(Authz, 1);

        *authz = (Authz){
                .polkit = polkit_new(event),
                .limits = { .per_user = AUTHZ_PER_USER, .in_all = AUTHZ_IN_ALL },
                .pending = g_hash_table_new_full(NULL, NULL, NULL, pending_free),
                .waiting = G_QUEUE_INIT,
                .users = g_hash_table_new_full(NULL, NULL, NULL, g_free),
                .receivers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, set_free),
                .events = events,
                .userdata = userdata,
        };
        return authz;
}

void authz_free(Authz *authz) {
        g_hash_table_unref(authz->pending);
        g_hash_table_unref(authz->users);
        g_hash_table_unref(authz->receivers);
        polkit_free(authz->polkit);
        g_free(authz);
}

void authz_set_limits(Authz *authz, const AuthzLimits *limits) {
        authz->limits = *limits;
}

/* Frees it, and has the call answered. */
static void refuse(Pending *pending, const sd_bus_error *error) {
        g_autoptr(sd_bus_message) call = sd_bus_message_ref(pending->call);
        Authz *authz = pending->authz;

        g_hash_table_remove(authz->pending, call);
        authz->events->refused(call, error, authz->userdata);
}

static void ask_waiting(Authz *authz);

static void on_verdict(PolkitVerdict verdict, const char *why, void *userdata) {
        Pending *pending = userdata;
        Authz *authz = pending->authz;
        const char *id;
        AuthzAction asked = authz_first_action(pending->left, &id);

        end_question(pending);
        if (verdict != POLKIT_YES) {
                g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

                (void) authz_set_error(&error, verdict, pending->what, id, why);
                refuse(pending, &error);
        } else if ((pending->left &= ~asked)) {
                pending->link.data = pending;
                g_queue_push_head_link(&authz->waiting, &pending->link);
        } else
                authz->events->granted(pending->call, authz->userdata);
        ask_waiting(authz);
}

static void ask(Pending *pending) {
        bool interactive = sd_bus_message_get_allow_interactive_authorization(pending->call) > 0;
        Authz *authz = pending->authz;
        const char *id;
        int r;

        (void) authz_first_action(pending->left, &id);
        r = polkit_ask(authz->polkit, &pending->subject, id, pending->details, interactive, on_verdict,
                       pending, &pending->question);
        if (r < 0) {
                g_auto(sd_bus_error) error = SD_BUS_ERROR_NULL;

                (void) authz_set_error(&error, POLKIT_UNAVAILABLE, pending->what, id, g_strerror(-r));
                refuse(pending, &error);
                return;
        }
        authz->n_asked++;
        user_of(authz, pending->subject.uid)->n_asked++;
}

/* The first whose user has not too many with polkit already. */
static void ask_waiting(Authz *authz) {
        GList *next;

        for (GList *l = authz->waiting.head; l && authz->n_asked < ASKED_IN_ALL; l = next) {
                Pending *pending = l->data;

                next = l->next;
                if (user_of(authz, pending->subject.uid)->n_asked >= ASKED_PER_USER)
                        continue;
                leave_queue(pending);
                ask(pending);
        }
}

static int check_limits(Authz *authz, const AuthzRequest *request, sd_bus_error *error) {
        const User *user = g_hash_table_lookup(authz->users, GUINT_TO_POINTER(request->uid));

        if (user && user->n_calls >= authz->limits.per_user)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "%s: %u calls of this user wait for polkit already (UserQuestionsMax=)",
                                  request->what, user->n_calls);
        if (user && user->bytes + request->size > BYTES_PER_USER)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "%s: calls of this user that wait for polkit have more than %zu bytes",
                                  request->what, BYTES_PER_USER);
        if (user && user->n_fds + request->n_fds > FDS_PER_USER)
                return error_setf(
                                error, -JOBD_E_LIMIT_EXCEEDED,
                                "%s: calls of this user that wait for polkit have more than %u descriptors",
                                request->what, FDS_PER_USER);
        if (g_hash_table_size(authz->pending) >= authz->limits.in_all)
                return error_setf(error, -JOBD_E_LIMIT_EXCEEDED,
                                  "%s: %u calls wait for polkit already (QuestionsMax=)", request->what,
                                  g_hash_table_size(authz->pending));
        return 0;
}

/* The call is here for the second time. */
static int redeem(Authz *authz, Pending *pending, const AuthzRequest *request, sd_bus_error *error) {
        bool same = !pending->left && pending->wanted == request->actions &&
                    g_strv_equal((const char *const *) pending->details,
                                 (const char *const *) request->details);

        g_hash_table_remove(authz->pending, pending->call);
        if (!same) /* the process that calls is not as it was */
                return error_setf(error, -JOBD_E_ACCESS_DENIED, "%s: this changed while polkit was asked",
                                  request->what);
        return 1;
}

int authz_check(Authz *authz, sd_bus_message *call, const AuthzRequest *request, sd_bus_error *error) {
        Pending *pending = g_hash_table_lookup(authz->pending, call);
        User *user;
        int r;

        if (pending)
                return redeem(authz, pending, request, error);
        r = check_limits(authz, request, error);
        if (r < 0)
                return r;
        pending = g_new(Pending, 1);
        *pending = (Pending){
                .authz = authz,
                .call = sd_bus_message_ref(call),
                .subject = {
                        .sender = sd_bus_message_get_sender(call),
                        .pid = request->pid,
                        .start_time = request->start_time,
                        .uid = request->uid,
                },
                .wanted = request->actions,
                .left = request->actions,
                .details = g_strdupv((char **) request->details),
                .what = g_strdup(request->what),
                .size = request->size,
                .n_fds = request->n_fds,
        };
        user = user_of(authz, request->uid);
        user->n_calls++;
        user->bytes += request->size;
        user->n_fds += request->n_fds;
        g_hash_table_insert(authz->pending, call, pending);
        pending->link.data = pending;
        g_queue_push_tail_link(&authz->waiting, &pending->link);
        ask_waiting(authz);
        return 0;
}

void authz_begin_call(Authz *authz, sd_bus_message *call) {
        Pending *pending = g_hash_table_lookup(authz->pending, call);

        if (authz->back && authz->back != pending)
                (void) g_hash_table_remove(authz->pending, authz->back->call);
        authz->back = pending && !pending->left ? pending : NULL;
}

void authz_drop_call(Authz *authz, sd_bus_message *call) {
        (void) g_hash_table_remove(authz->pending, call);
}

static gboolean is_of(gpointer call, gpointer value, gpointer sender) {
        return strcmp(sd_bus_message_get_sender(call), sender) == 0;
}

void authz_drop_client(Authz *authz, const char *sender) {
        (void) g_hash_table_foreach_remove(authz->pending, is_of, (gpointer) sender);
        g_hash_table_remove(authz->receivers, sender);
        ask_waiting(authz);
}

void authz_keep_receiver(Authz *authz, const char *sender, JobId job) {
        JobMap *jobs = g_hash_table_lookup(authz->receivers, sender);

        if (!jobs) {
                jobs = job_map_new(NULL);
                g_hash_table_insert(authz->receivers, g_strdup(sender), jobs);
        }
        job_map_add(jobs, job);
}

gboolean authz_is_receiver(const Authz *authz, const char *sender, JobId job) {
        JobMap *jobs = g_hash_table_lookup(authz->receivers, sender);

        return jobs && job_map_has(jobs, job);
}
